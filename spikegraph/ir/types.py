"""The types on the wires of a graph."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value may hold, at each pixel and step."""

    SPIKE = "spike"
    """0 or 1."""
    COUNT = "count"
    """A sum of at most `bound` spikes."""
    EVENTS = "events"
    """The sign of an accumulated polarity: -1, 0 or 1 (Eq. 12)."""
    REAL = "real"
    """Any number."""


@dataclass(frozen=True, slots=True)
class Value:
    """A kind, channels and spatial sizes `[C, H, W]` or `[C, D, H, W]`; the axes T and N are not part of a type.

    Attributes:
        kind: What the value may hold.
        channels: C.
        size: The spatial sizes, or `()` behind a pooling over all of them.
        bound: Of a count, the largest sum.
        levels: More than 1 while a trellis hasn't chosen its level: then `size` and `channels` are those of level 0.
        steps: False where the value is the same at every time step, so that it is computed once.
    """

    kind: Kind
    channels: int
    size: tuple[int, ...]
    bound: int = 1
    levels: int = 1
    steps: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """`(C, *size)`."""
        return (self.channels, *self.size)

    @property
    def elements(self) -> int:
        """Numbers in one step of one sample."""
        count = self.channels
        for n in self.size:
            count *= n
        return count

    def with_(
        self,
        *,
        kind: Kind | None = None,
        channels: int | None = None,
        size: tuple[int, ...] | None = None,
        bound: int | None = None,
        levels: int | None = None,
        steps: bool | None = None,
    ) -> "Value":
        """The same but for what is given; a kind other than count has bound 1."""
        kind = self.kind if kind is None else kind
        bound = 1 if kind != Kind.COUNT else self.bound if bound is None else bound
        return Value(
            kind,
            self.channels if channels is None else channels,
            self.size if size is None else size,
            bound,
            self.levels if levels is None else levels,
            self.steps if steps is None else steps,
        )

    def __str__(self) -> str:
        """`spike[24, 87, 116]`, `count(2)[...]`, `real[10] once`, `spike[...] at 4 levels`."""
        kind = f"count({self.bound})" if self.kind is Kind.COUNT else str(self.kind)
        text = f"{kind}[{', '.join(map(str, self.shape))}]"
        if not self.steps:
            text += " once"
        return text if self.levels == 1 else f"{text} at {self.levels} levels"


def total(values: "tuple[Value, ...]") -> Value:
    """The type of a sum of equal shapes: a sum of spikes is a count, anything wider makes it real."""
    first = values[0]
    steps = any(v.steps for v in values)
    if all(v.kind in (Kind.SPIKE, Kind.COUNT) for v in values):
        bound = sum(v.bound for v in values)
        kind = Kind.SPIKE if bound == 1 else Kind.COUNT
        return first.with_(kind=kind, bound=bound, steps=steps)
    kind = first.kind if len(values) == 1 else Kind.REAL
    return first.with_(kind=kind, steps=steps)


def widest(values: "tuple[Value, ...]") -> tuple[Kind, int]:
    """The narrowest kind, with its bound, that holds each of `values`: of a concatenation."""
    kinds = {v.kind for v in values}
    if len(kinds) == 1:
        return values[0].kind, max(v.bound for v in values)
    if kinds <= {Kind.SPIKE, Kind.COUNT}:
        return Kind.COUNT, max(v.bound for v in values)
    return Kind.REAL, 1
