"""The weights that a network may have, whatever its genotype: its composite operations are taken apart, each by itself."""

from collections.abc import Iterator

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Cell, Trellis
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Value
from spikegraph.passes.convert_stems import ConvertStems
from spikegraph.passes.expand_cells import ExpandCells
from spikegraph.passes.expand_layers import ExpandLayers


def taken_apart(space: Graph, stems: str | None) -> Iterator[Node]:
    """The operations that a network may consist of: in place of layers, cells and trellises the parts of each.

    Cells have every candidate on every edge. Those of a trellis are all at the first step down, where each edge from another
    cell changes the shape, so that skips have the weights that they have between unequal shapes.

    Args:
        space: A graph at stage `space`.
        stems: As `ConvertStems` takes it; None leaves the stems as they are.

    Raises:
        GraphError: An operation or a candidate doesn't fit.
        PassError: There is no such neuron for the stems.
    """
    whole = space if stems is None else ConvertStems(to=stems).apply(space)
    for node in whole:
        yield from ExpandLayers().apply(ExpandCells().apply(_alone(node, whole))) if node.op.composite else (node,)


def _alone(node: Node, whole: Graph) -> Graph:
    """A composite operation, or the cells of a trellis, behind inputs of the types of its operands."""
    out = Graph(whole.name, time=whole.time, neurons=whole.neurons)
    given = tuple([_input(out, node, i, value) for i, value in enumerate(node.operand_values)])
    if not isinstance(node.op, Trellis):
        out.add(node.path, node.op, given, node.span)
        return out
    op, (source, *_) = node.op, given
    below = int(op.levels > 1)
    width = node.operand_values[0].channels // op.cell.parts << below
    cell = Cell(cell=op.cell, width=width, down=1 + below, resize=op.resize, way_down=op.way_down)
    for layer in range(op.layers):
        out.add(node.path.at(str(layer)), cell, (source, source, source), node.span)
    return out


def _input(out: Graph, node: Node, number: int, value: Value) -> str:
    op = Input(kind=value.kind, channels=value.channels, size=value.size, steps=value.steps)
    return out.add(node.path / f"input{number}", op, (), node.span)
