"""The part of a graph that is there when a network is used."""

from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune


def served(graph: Graph) -> Graph:
    """What the outputs need: a graph without what only a loss takes, such as an auxiliary classifier (Tables 4 to 6)."""
    return Prune(losses=False).apply(graph)
