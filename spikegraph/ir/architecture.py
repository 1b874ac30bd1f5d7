"""The open choices of a graph: searchable cells, and architecture parameters."""

from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.traits import ArchitectureParameter


def cells_of(graph: Graph) -> dict[str, CellSpec]:
    """The searchable cells of a graph at stage `space`, by name; a choice on a wire is one with one edge, `NETWORK.PLACE`."""
    return {cell.name: cell for n in graph if (cell := n.op.searched()) is not None}


def architecture_of(graph: Graph) -> dict[str, ArchitectureParameter]:
    """The parameters by name: `CELL.alpha` [edges, candidates], `CELL.edges` [edges], `TRELLIS.beta` [layers, levels, 3]."""
    found: dict[str, ArchitectureParameter] = {}
    for node in graph:
        for name, part in node.op.architecture(*node.operand_values).items():
            before = found.get(name, part)
            shape = tuple(map(max, before.shape, part.shape))
            found[name] = ArchitectureParameter(shape, tuple(dict.fromkeys((*before.excluded, *part.excluded))))
    return found
