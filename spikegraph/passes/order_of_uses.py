"""The order in which the uses of a norm change its running statistics, which passes that move norms keep."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from spikegraph.ir.graph import Graph
from spikegraph.ir.loops import components

Use = tuple[str, str]
"""The name of a node with running statistics, and that of the weights that they belong to."""


class OrderOfUses:
    """The order in which a graph uses its running statistics.

    Attributes:
        places: For each node its place in the order in which the graph runs; of a loop, that within a time step.
    """

    def __init__(self, graph: Graph) -> None:
        names = [name for names in components(graph) for name in names] if graph.carried else [node.name for node in graph]
        self.places = {name: place for place, name in enumerate(names)}
        self._uses: dict[str, list[Use]] = defaultdict(list)
        for node in map(graph.node, names):
            if node.op.traits.statistics:
                for weights in node.leaves:
                    self._uses[weights].append((node.name, weights))

    def broken(self, moved: Mapping[Use, int]) -> set[Use]:
        """The moved uses by which a use would no longer be behind the one before it.

        Args:
            moved: For each use that a pass moves, the place that it moves to. Two uses of the same weights at one place are
                no order.
        """
        pairs = (pair for uses in self._uses.values() for pair in pairwise(uses))
        return {use for a, b in pairs if self._place(a, moved) >= self._place(b, moved) for use in (a, b) if use in moved}

    def _place(self, use: Use, moved: Mapping[Use, int]) -> int:
        return moved.get(use, self.places[use[0]])
