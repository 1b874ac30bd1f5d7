"""Checks that the type rules of several operations share."""

from collections.abc import Sequence

from spikegraph.dsl.source import Span
from spikegraph.ir.traits import Share
from spikegraph.ir.types import Value


class TypeRuleError(Exception):
    """An operation does not accept its operands; the graph adds the source location.

    Attributes:
        summary: The error, in one line.
        help: How to fix it, if that is known.
        code: Diagnostic code.
    """

    def __init__(self, summary: str, help: str | None = None, code: str = "SG0301") -> None:
        super().__init__(summary)
        self.summary, self.help, self.code = summary, help, code


class GraphError(Exception):
    """An operation does not accept its operands; `span` is its source location."""

    def __init__(self, cause: TypeRuleError, name: str, span: Span) -> None:
        super().__init__(f"{span.start}: {cause.summary} (at {name})")
        self.cause, self.name, self.span = cause, name, span


def same_size(op: str, values: tuple[Value, ...], *, channels: bool) -> None:
    """Checks that the sizes (and channels) of operands agree and that none has an open trellis level.

    Raises:
        TypeRuleError: They differ, or a level is open.
    """
    for i, v in enumerate(values):
        closed(op, v)
        if v.size != values[0].size or (channels and v.channels != values[0].channels):
            raise _unequal(op, values, 0, i, "channels and sizes" if channels else "sizes")


def broadcast(op: str, values: tuple[Value, ...]) -> Value:
    """The first operand with spatial axes; the others have its shape, or are [C] and count at every position.

    Raises:
        TypeRuleError: Their channels or sizes differ, or a level is open.
    """
    first = next((i for i, v in enumerate(values) if v.size), 0)
    for i, v in enumerate(values):
        closed(op, v)
        if v.channels != values[first].channels or (v.size and v.size != values[first].size):
            raise _unequal(op, values, first, i, "channels and sizes")
    return values[first]


def _unequal(op: str, values: tuple[Value, ...], i: int, j: int, what: str) -> TypeRuleError:
    return TypeRuleError(
        f"`{op}` needs operands of equal {what}, not {values[i]} and {values[j]} (operands {i + 1} and {j + 1})",
        "resize one of them, for example with `restore`" if values[i].size != values[j].size else None,
        "SG0302",
    )


def spatial(op: str, value: Value) -> None:
    """Checks that a value has 1 to 3 spatial axes and no open trellis level.

    Raises:
        TypeRuleError: It has another number of axes, or its level is open.
    """
    closed(op, value)
    if not 1 <= len(value.size) <= 3:
        raise TypeRuleError(f"`{op}` needs 1 to 3 spatial axes, not {value}", code="SG0302")


def closed(op: str, value: Value) -> None:
    """Checks that a value is not the output of a trellis whose level is still open.

    Raises:
        TypeRuleError: The level is open.
    """
    if value.levels != 1:
        raise TypeRuleError(
            f"`{op}` can't take {value}: the trellis may end at any of its levels",
            "put `restore(...)` after the trellis",
            "SG0303",
        )


def divided(op: str, value: Value, heads: int) -> None:
    """Checks that the channels of a value can be divided into heads.

    Raises:
        TypeRuleError: They can't.
    """
    if value.channels % heads:
        summary = f"`{op}` can't divide {value.channels} channels into {heads} heads"
        raise TypeRuleError(summary, "the heads must divide the channels", "SG0304")


def shares_fill(op: str, shares: Sequence[Share], x: Value) -> None:
    """Checks that shares have all channels of a value.

    Raises:
        TypeRuleError: They have more or fewer.
    """
    count = sum(s.channels for s in shares)
    if count != x.channels:
        raise TypeRuleError(f"the shares of `{op}` have {count} channels, but {x} has {x.channels}")


def groups_fill(op: str, b: Sequence[float], width: int, neurons: Sequence[str], x: Value) -> None:
    """Checks that neurons in groups of `width` channels have one b, or one for each group, and one name for each group.

    Raises:
        TypeRuleError: They don't.
    """
    if len(b) * width != x.channels or (neurons and len(neurons) != len(b)):
        named = f" and {len(neurons)} neurons" if neurons else ""
        raise TypeRuleError(f"`{op}` has {len(b)} groups of {width} channels{named}, which don't fit {x}")
