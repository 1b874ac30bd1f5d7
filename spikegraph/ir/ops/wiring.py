"""Input, identity, sums, concatenation, and weighted sums of open choices (Che et al., NeurIPS 2022, Eqs. 3 and 4)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies, Layer, Sum
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.samples import Draw, Sample, besides
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import ArchitectureParameter, Choice, Mixture, Traits
from spikegraph.ir.type_rules import TypeRuleError, broadcast, same_size
from spikegraph.ir.types import Kind, Value, total, widest


@register
class Input(Op):
    """Input of the network, with its type.

    ->  kind, [channels, *size].
    """

    name: ClassVar[str] = "input"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(source=True)
    kind: Kind
    channels: PositiveInt
    size: tuple[PositiveInt, ...]
    steps: bool = True

    @override
    def infer(self) -> Value:
        return Value(self.kind, self.channels, self.size, steps=self.steps)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"input, {self.kind}"


@register
class Identity(Op):
    """Returns its operand unchanged.

    x: any kind  ->  the same.
    """

    name: ClassVar[str] = "identity"
    traits: ClassVar[Traits] = Traits(forwards=True, on_edge=True)

    @override
    def infer(self, x: Value) -> Value:
        return x

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)


@register
class Add(Op):
    """Sum of values of one shape (Eq. 3); a sum of spikes is a count.

    xs: any kinds, [C, *size] each, or [C], which is added at every position  ->  a count whose bound is the sum of bounds, or
    real if any operand is real or events.
    """

    name: ClassVar[str] = "add"
    traits: ClassVar[Traits] = Traits(adds=True, commutes=True)

    @override
    def infer(self, *xs: Value) -> Value:
        broadcast(self.name, xs)
        return total(xs)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(operands=tuple(draw.choice((*besides(x, others), ())) for _ in range(draw.integer(1, 2))))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Sum()


@register
class Gather(Add):
    """Sum of the afferent edges of a cell's node (Eq. 3).

    xs: spikes, or currents if operations mix at the membrane, [C, *size] each  ->  the same type as `add`.
    """

    name: ClassVar[str] = "gather"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(adds=True, commutes=True, sums_edges=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "sum of edges"


@register
class WeightedGather(Op):
    """Weighted sum of the afferent edges of a cell's node, while it is open which of them the node keeps.

    xs: values of the edges, [C, *size] each  ->  real, [C, *size].
    The weights are keep * softmax over `edges`, which are entries of the architecture parameter `CELL.edges` [of].
    """

    name: ClassVar[str] = "weighted_gather"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(stages=(Stage.SPACE, Stage.LOWERED), sums_edges=True)
    cell: str
    edges: tuple[NonNegativeInt, ...]
    of: PositiveInt
    keep: PositiveInt

    @override
    def infer(self, *xs: Value) -> Value:
        if len(xs) != len(self.edges) or max(self.edges) >= self.of:
            raise TypeRuleError(f"`{self.name}` has {len(self.edges)} edges of {self.of} and {len(xs)} operands")
        same_size(self.name, xs, channels=True)
        return total(xs).with_(kind=Kind.REAL)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        return {f"{self.cell}.edges": ArchitectureParameter((self.of,))}

    @override
    def mixture(self, *operands: Value) -> Mixture:
        rows, edges = (tuple([(edge,) for edge in self.edges]),) * len(self.edges), tuple(range(len(self.edges)))
        return Mixture(f"{self.cell}.edges", rows, edges, factor=self.keep)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "weighted sum of edges"


@register
class Concat(Op):
    """Concatenation of channels; keeps spikes.

    xs: [Ci, *size] each  ->  the narrowest kind that holds all of them, [sum of Ci, *size].
    """

    name: ClassVar[str] = "concat"

    @override
    def infer(self, *xs: Value) -> Value:
        same_size(self.name, xs, channels=False)
        kind, bound = widest(xs)
        channels = sum(v.channels for v in xs)
        return xs[0].with_(kind=kind, bound=bound, channels=channels, steps=any(v.steps for v in xs))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        fits = [y for y in others if y.levels == 1 and y.size == x.size]
        return Sample(operands=tuple(draw.choice((*fits, ())) for _ in range(draw.integer(1, 2))))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)


@register
class Every(Op):
    """Every k-th channel of a value, from channel `start` on.

    x: any kind, [C, *size]  ->  the same kind, [ceil((C - start) / step), *size].
    """

    name: ClassVar[str] = "every"
    written: ClassVar[bool] = False
    start: NonNegativeInt = 0
    step: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        if self.start >= x.channels:
            raise TypeRuleError(f"`every` can't begin at channel {self.start} of {x}")
        return x.with_(channels=-(-(x.channels - self.start) // self.step))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)


@register
class Mix(Op):
    """Open choice (Eq. 4): sum of an edge's candidates, weighted by softmax(alpha).

    xs: values of the candidates in order, [C, *size] each  ->  real, [C, *size].
    `cell` and `edge` name the row of the architecture parameter `CELL.alpha`, [edges, candidates].
    """

    name: ClassVar[str] = "mix"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(stages=(Stage.SPACE, Stage.LOWERED))
    cell: str
    edge: NonNegativeInt

    @override
    def infer(self, *xs: Value) -> Value:
        same_size(self.name, xs, channels=True)
        return total(xs).with_(kind=Kind.REAL)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        return {f"{self.cell}.alpha": ArchitectureParameter((self.edge + 1, len(operands)))}

    @override
    def mixture(self, *operands: Value) -> Mixture:
        count = range(len(operands))
        return Mixture(f"{self.cell}.alpha", (tuple([(self.edge, k) for k in count]),) * len(operands), tuple(count))

    @override
    def choice(self) -> Choice:
        return Choice(self.cell, self.edge)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"choice, row {self.edge} of alpha"


def moves_above(finest: int, layer: int) -> tuple[tuple[int, int, int], ...]:
    """The entries of beta [layers, levels, 3] of a layer that are moves to levels above the finest one, or stay there."""
    above = [(level, move) for level in range(finest) for move in (0, 1)]
    above += [(finest, 0)] if finest else []
    return tuple((layer, *entry) for entry in above)


@register
class Route(Op):
    """Sum of the paths that lead to a position of a trellis, weighted by beta (section 3.2.2).

    xs: the cell's output for each level in `sources`, [C, *size] each  ->  real, [C, *size].
    The weight of a source is the softmax over its moves, row `[layer, source]` of the architecture parameter `TRELLIS.beta`,
    [layers, levels, 3]; the moves are finer, same, coarser.
    """

    name: ClassVar[str] = "route"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(stages=(Stage.SPACE, Stage.LOWERED))
    trellis: str
    layer: NonNegativeInt
    level: NonNegativeInt
    levels: PositiveInt
    finest: NonNegativeInt = 0
    sources: tuple[NonNegativeInt, ...]

    @override
    def infer(self, *xs: Value) -> Value:
        if len(xs) != len(self.sources):
            raise TypeRuleError(f"`route` has {len(self.sources)} sources and {len(xs)} operands")
        same_size(self.name, xs, channels=True)
        return total(xs).with_(kind=Kind.REAL)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        shape = (self.layer + 1, self.levels, 3)
        return {f"{self.trellis}.beta": ArchitectureParameter(shape, moves_above(self.finest, self.layer))}

    @override
    def mixture(self, *operands: Value) -> Mixture:
        layer, never = self.layer, moves_above(self.finest, self.layer)
        rows = [[(layer, s, m) for m in range(3) if 0 <= s + m - 1 < self.levels] for s in self.sources]
        among = tuple([tuple([entry for entry in row if entry not in never]) for row in rows])
        taken = tuple([of.index((layer, s, self.level - s + 1)) for s, of in zip(self.sources, among, strict=True)])
        return Mixture(f"{self.trellis}.beta", among, taken, layer=self.layer)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"paths to layer {self.layer}, level {self.level}"
