"""The types of values in a graph (Che et al., NeurIPS 2022, Eq. 12)."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The numbers that a value can hold at each pixel and time step."""

    SPIKE = "spike"
    """0 or 1."""
    COUNT = "count"
    """A sum of spikes, 0 to `bound`."""
    EVENTS = "events"
    """The sign of an accumulated polarity: -1, 0 or 1 (Eq. 12)."""
    REAL = "real"
    """Any number."""

    __hash__ = str.__hash__  # that of an enumeration is slower, and types of values are looked up often


class Value(NamedTuple):
    """The type of a value: kind, channels and spatial sizes, `[C, H, W]` or `[C, D, H, W]`; T and N are not part of it.

    Attributes:
        kind: The numbers that the value can hold.
        channels: Number of channels C.
        size: Spatial sizes; `()` after global pooling.
        bound: Largest value of a count; 1 for other kinds.
        levels: Number of trellis levels that are still possible; if more than 1, `size` and `channels` are those of level 0.
        steps: False if the value is the same at every time step, so that it is computed once.
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
        """A copy with the given fields changed; the bound of kinds other than count is always 1."""
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
    """The type of a sum of values of one shape: a sum of spikes and counts is a count, any other sum is real.

    Values without sizes beside others with sizes are added at every position.
    """
    first = next((v for v in values if v.size), values[0])
    steps = any(v.steps for v in values)
    if all(v.kind in (Kind.SPIKE, Kind.COUNT) for v in values):
        bound = sum(v.bound for v in values)
        kind = Kind.SPIKE if bound == 1 else Kind.COUNT
        return first.with_(kind=kind, bound=bound, steps=steps)
    kind = first.kind if len(values) == 1 else Kind.REAL
    return first.with_(kind=kind, steps=steps)


def widest(values: "tuple[Value, ...]") -> tuple[Kind, int]:
    """The narrowest kind, with its bound, that can hold each number of `values`; used for concatenations."""
    kinds = {v.kind for v in values}
    if len(kinds) == 1:
        return values[0].kind, max(v.bound for v in values)
    if kinds <= {Kind.SPIKE, Kind.COUNT}:
        return Kind.COUNT, max(v.bound for v in values)
    return (Kind.EVENTS if kinds == {Kind.SPIKE, Kind.EVENTS} else Kind.REAL), 1
