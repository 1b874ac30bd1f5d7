"""Uses of cells and trellises in random networks, whose types follow from taking them apart as the passes do."""

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from spikegraph.generate.cells import DeclaredCell, DeclaredTrellis
from spikegraph.generate.expressions import Argument, Scope, Stage
from spikegraph.generate.values import NOWHERE
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.cells import Cell, Trellis, TrellisEnd
from spikegraph.ir.ops.layers import Restore
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Kind, Value
from spikegraph.passes.expand_cells import ExpandCells
from spikegraph.passes.expand_trellis import ExpandTrellis


def _graph(x: Value, steps: int) -> tuple[Graph, str]:
    """A graph with an input of this type."""
    graph = Graph("net", time=steps)
    kind = Kind.SPIKE if x.kind is Kind.COUNT else x.kind
    return graph, graph.add("x", Input(kind=kind, channels=x.channels, size=x.size), (), NOWHERE)


@dataclass(frozen=True)
class ChainUse(Stage):
    """`chain([a, b], width = 2)`."""

    cells: Sequence[DeclaredCell]
    width: Argument
    down: str | None = None
    name = "chain"

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        down = () if self.down is None else (f"down = {self.down}",)
        return f"[{', '.join(c.name for c in self.cells)}]", f"width = {self.width.text}", *down

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        return self.elements(x, scope)[-1]

    @override
    def elements(self, x: Value, scope: Scope) -> tuple[Value, ...]:
        width = self.width.of(scope.params)
        if not isinstance(width, int):
            raise ValueError("a width is a whole number")
        graph, source = _graph(x, scope.steps)
        ends = [source, source]
        try:
            for number, cell in enumerate(self.cells):
                width *= cell.stride
                fields = {"cell": cell.spec, "width": width, "down": cell.stride, "way_down": self.down or "stride"}
                op = Cell.model_validate(fields)
                ends.append(graph.add(f"cell{number}", op, (ends[-2], ends[-1], ends[-1]), NOWHERE))
            graph.outputs["y"] = ends[-1]
            ExpandCells().apply(graph)
        except GraphError as error:
            raise ValueError(str(error)) from error
        return tuple(graph.node(name).value for name in ends[2:])


@dataclass(frozen=True)
class TrellisUse(Stage):
    """A use of a trellis; with a path its result is at one level."""

    trellis: DeclaredTrellis

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        return ()

    @property
    @override
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.trellis.name

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        found = self.trellis
        fields = {"resize": found.keys.get("resize", "nearest"), "way_down": found.keys.get("down", "stride")}
        sizes = {"layers": found.layers, "levels": found.levels, "finest": int(found.keys.get("finest", "0"))}
        graph, source = _graph(x, scope.steps)
        try:
            op = Trellis.model_validate({"trellis": found.name, "cell": found.cell, **fields, **sizes})
            end = graph.add("grid", op, (source,), NOWHERE)
            graph.outputs["y"] = graph.add("end", Restore(neuron=Neuron.model_validate({})), (end, source), NOWHERE)
            ExpandCells().apply(ExpandTrellis().apply(graph))
        except GraphError as error:
            raise ValueError(str(error)) from error
        value = graph.node(end).value
        if found.path is None or value.levels == 1:
            return value
        return TrellisEnd(level=found.path[-1]).infer(value)
