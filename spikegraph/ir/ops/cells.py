"""The searchable operations, which passes expand: cell and trellis (Che et al., NeurIPS 2022, section 3.2)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.cellspec import CellSpec, EdgeStage, KeptEdge, carried_node
from spikegraph.ir.opdef import OPS, Op, register
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.ops.resizing import Down, Mode
from spikegraph.ir.ops.windows import shrunk
from spikegraph.ir.ops.wiring import moves_above
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import ArchitectureParameter, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Kind, Value


def alpha_of(cell: CellSpec) -> Mapping[str, ArchitectureParameter]:
    """The architecture parameter of a cell, [edges, candidates]."""
    return {f"{cell.name}.alpha": ArchitectureParameter((len(cell.edge_list()), len(cell.candidates)))}


def _result(
    cell: CellSpec,
    channels: int,
    size: tuple[int, ...],
    inputs: Mapping[str, Value],
    genotype: tuple[KeptEdge, ...] | None = None,
) -> Value:
    """The type of what a cell gives: without time steps if its inputs have none and nothing in it makes any."""
    sources = {edge.source for edge in genotype} if genotype is not None else {source for _, source in cell.edge_list()}
    chosen = None if genotype is None else {edge.operation for edge in genotype}
    stages = [stage for each in cell.candidates if chosen is None or each.name in chosen for stage in each.stages]
    stages += [*cell.preprocess, *(() if cell.neuron is None else (EdgeStage(op="", neuron=cell.neuron),))]
    steps = any(inputs[source].steps if source in inputs else carried_node(source) is not None for source in sources)
    once = Value(Kind.REAL, channels, size, steps=False)
    node = once.with_(steps=steps or any(_makes_steps(stage, once) for stage in stages))
    return node if cell.neuron is None else cell.neuron.result(node)


def _makes_steps(stage: EdgeStage, once: Value) -> bool:
    """Whether an operation of a cell has other results at each step of a value that is the same at all of them."""
    if stage.neuron is not None:
        return activation(stage.neuron).traits.over_time or stage.neuron.result(once).steps
    op = OPS[stage.op]
    by_edge = {name: n for name, n in {"out": once.channels, "stride": 1}.items() if name in op.traits.set_by_edge}
    try:
        return op.model_validate({**stage.params, **by_edge}).timed(1).infer(once).steps
    except TypeRuleError:  # so it is for the cell
        return True


@register
class Cell(Op):
    """Searchable cell (section 3.2.1): each node sums its afferent edges and fires; the output concatenates the nodes.

    A cell can also have nodes that don't fire, the last node alone as its output, and operations that its inputs go through.

    prev2, prev: outputs of the two cells before; like: a value whose size divided by `down` is the cell's size
    ->  spike, or real if the nodes don't fire, [nodes * width, *size]. `genotype` has the kept edges; without it all edges
    are open. In a searched trellis `source` is the level of `prev`; the edges from `prev` have separate weights for each. A
    finer input is taken in by a stride of the edges' convolutions, or resized first if `way_down` is `resize`; a coarser one
    is always resized first.
    """

    name: ClassVar[str] = "cell"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(expanded_by="expand-cells", layer="cell")
    cell: CellSpec
    width: PositiveInt
    down: PositiveInt = 1
    resize: Mode = "nearest"
    way_down: Down = "stride"
    source: NonNegativeInt | None = None
    genotype: tuple[KeptEdge, ...] | None = None

    @override
    def infer(self, prev2: Value, prev: Value, like: Value) -> Value:
        for v in (prev2, prev, like):
            spatial(self.name, v)
        size = shrunk(like.size, self.down)
        return _result(self.cell, self.width * self.cell.parts, size, {"prev2": prev2, "prev": prev}, self.genotype)

    @override
    def allowed_at(self, stage: Stage) -> str | None:
        if stage is Stage.DERIVED and self.genotype is None:
            return "a cell without a genotype is not allowed at stage derived"
        return super().allowed_at(stage)

    @override
    def cell_spec(self) -> CellSpec:
        return self.cell

    @override
    def with_cell(self, cell: CellSpec) -> "Cell":
        return self.model_copy(update={"cell": cell})

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        return {} if self.genotype is not None else alpha_of(self.cell)

    @override
    def places(self, name: str) -> tuple[str, ...]:
        return (name, *(f"{name}.{node}" for node, _ in self.cell.edges))

    @override
    def chosen(self) -> tuple[KeptEdge, ...] | None:
        return self.genotype

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        reduces = "" if self.down == 1 else ", stride 2" if self.way_down == "stride" else ", resized by 1/2"
        return f"cell {self.cell.name}{reduces}{'' if self.genotype is not None else ', choices open'}"


@register
class Trellis(Op):
    """Trellis: layers x levels of one cell, and a path through them (section 3.2.2); levels halve sizes and double channels.

    x: any kind, [C, *size], level 0  ->  spike, [C, *size] at one of the levels.
    """

    name: ClassVar[str] = "trellis"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(expanded_by="expand-trellis", stages=(Stage.SPACE,), layer="cell")
    trellis: str
    cell: CellSpec
    layers: PositiveInt
    levels: PositiveInt
    finest: NonNegativeInt = 0
    resize: Mode = "nearest"
    way_down: Down = "stride"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if x.channels % self.cell.parts:
            raise TypeRuleError(
                f"the {x.channels} channels of {x} can't be shared among the {self.cell.nodes} nodes of cell "
                f"`{self.cell.name}`",
                f"give the layer before `{self.trellis}` a multiple of {self.cell.nodes} channels",
                "SG0306",
            )
        return _result(self.cell, x.channels, x.size, {"prev2": x, "prev": x}).with_(levels=self.levels)

    @override
    def cell_spec(self) -> CellSpec:
        return self.cell

    @override
    def with_cell(self, cell: CellSpec) -> "Trellis":
        return self.model_copy(update={"cell": cell})

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        excluded = tuple(entry for layer in range(self.layers) for entry in moves_above(self.finest, layer))
        beta = ArchitectureParameter((self.layers, self.levels, 3), excluded)
        return {**alpha_of(self.cell), f"{self.trellis}.beta": beta}

    @override
    def places(self, name: str) -> tuple[str, ...]:
        layers = [f"{name}[{layer}]" for layer in range(self.layers)]
        return tuple(place for layer in layers for place in (layer, *(f"{layer}.{node}" for node, _ in self.cell.edges)))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        size = f"{self.layers} layers × {self.levels} levels"
        return f"trellis {self.trellis}, {size} of cell {self.cell.name}"


@register
class TrellisEnd(Op):
    """The result of a trellis whose path is decided, at the level where the path ends.

    x: any kind, [C, *size] at level 0, at all levels  ->  the same kind, [C * 2^level, *ceil(size / 2^level)].
    """

    name: ClassVar[str] = "trellis_end"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(expanded_by="expand-trellis", stages=(Stage.SPACE,), ends_trellis=True)
    level: NonNegativeInt

    @override
    def infer(self, x: Value) -> Value:
        if self.level >= x.levels:
            raise TypeRuleError(f"`trellis_end` of level {self.level} can't take {x}")
        return x.with_(channels=x.channels << self.level, size=shrunk(x.size, 1 << self.level), levels=1)

    @override
    def places(self, name: str) -> tuple[str, ...]:
        return ()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"level {self.level}"
