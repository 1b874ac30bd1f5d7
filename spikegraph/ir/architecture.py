"""The architecture parameters of a graph's open choices."""

from spikegraph.ir.graph import Graph
from spikegraph.ir.traits import ArchitectureParameter


def architecture_of(graph: Graph) -> dict[str, ArchitectureParameter]:
    """The parameters by name: `CELL.alpha` [edges, candidates], `CELL.edges` [edges], `TRELLIS.beta` [layers, levels, 3]."""
    found: dict[str, ArchitectureParameter] = {}
    for node in graph:
        for name, part in node.op.architecture(*node.operand_values).items():
            before = found.get(name, part)
            shape = tuple(map(max, before.shape, part.shape))
            found[name] = ArchitectureParameter(shape, tuple(dict.fromkeys((*before.excluded, *part.excluded))))
    return found
