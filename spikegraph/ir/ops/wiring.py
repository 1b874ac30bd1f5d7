"""Input, identity, sums, concatenation, and weighted sums of open choices (Che et al., NeurIPS 2022, Eqs. 3 and 4)."""

from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.opdef import Op, TypeRuleError, register, same_size
from spikegraph.ir.types import Kind, Value, total, widest


@register
class Input(Op):
    """Input of the network, with its type.

    ->  kind, [channels, *size].
    """

    name: ClassVar[str] = "input"
    operands: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[bool] = False
    kind: Kind
    channels: PositiveInt
    size: tuple[PositiveInt, ...]
    steps: bool = True

    @override
    def infer(self, *operands: Value) -> Value:
        return Value(self.kind, self.channels, self.size, steps=self.steps)


@register
class Identity(Op):
    """Returns its operand unchanged.

    x: any kind  ->  the same.
    """

    name: ClassVar[str] = "identity"

    @override
    def infer(self, *operands: Value) -> Value:
        return operands[0]


@register
class Add(Op):
    """Sum of values of one shape (Eq. 3); a sum of spikes is a count.

    xs: any kinds, [C, *size] each  ->  a count whose bound is the sum of bounds, or real if any operand is real or events.
    """

    name: ClassVar[str] = "add"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)

    @override
    def infer(self, *operands: Value) -> Value:
        same_size(self.name, operands, channels=True)
        return total(operands)


@register
class Gather(Add):
    """Sum of the afferent edges of a cell's node (Eq. 3).

    xs: spikes, or currents if operations mix at the membrane, [C, *size] each  ->  the same type as `add`.
    """

    name: ClassVar[str] = "gather"
    written: ClassVar[bool] = False


@register
class Concat(Op):
    """Concatenation of channels; keeps spikes.

    xs: [Ci, *size] each  ->  the narrowest kind that holds all of them, [sum of Ci, *size].
    """

    name: ClassVar[str] = "concat"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)

    @override
    def infer(self, *operands: Value) -> Value:
        same_size(self.name, operands, channels=False)
        kind, bound = widest(operands)
        channels = sum(v.channels for v in operands)
        return operands[0].with_(kind=kind, bound=bound, channels=channels, steps=any(v.steps for v in operands))


@register
class Mix(Op):
    """Open choice (Eq. 4): sum of an edge's candidates, weighted by softmax(alpha).

    xs: values of the candidates in order, [C, *size] each  ->  real, [C, *size].
    `cell` and `edge` name the row of the architecture parameter `CELL.alpha`, [edges, candidates].
    """

    name: ClassVar[str] = "mix"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)
    written: ClassVar[bool] = False
    cell: str
    edge: NonNegativeInt

    @override
    def infer(self, *operands: Value) -> Value:
        same_size(self.name, operands, channels=True)
        return total(operands).with_(kind=Kind.REAL)


@register
class Route(Op):
    """Sum of the paths that lead to a position of a trellis, weighted by beta (section 3.2.2).

    xs: the cell's output for each level in `sources`, [C, *size] each  ->  real, [C, *size].
    The weight of a source is the softmax over its moves, row `[layer, source]` of the architecture parameter `TRELLIS.beta`,
    [layers, levels, 3]; the moves are finer, same, coarser.
    """

    name: ClassVar[str] = "route"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)
    written: ClassVar[bool] = False
    trellis: str
    layer: NonNegativeInt
    level: NonNegativeInt
    levels: PositiveInt
    finest: NonNegativeInt = 0
    sources: tuple[NonNegativeInt, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        if len(operands) != len(self.sources):
            raise TypeRuleError(f"`route` has {len(self.sources)} sources and {len(operands)} operands")
        same_size(self.name, operands, channels=True)
        return total(operands).with_(kind=Kind.REAL)
