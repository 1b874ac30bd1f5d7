"""What a graph holds at some moment, to see whether a pass changed it."""

from operator import is_

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node


@record
class Content:
    """What a graph held at some moment.

    Attributes:
        ends: Its stage, its time steps and its ends.
        nodes: Its nodes in order.
    """

    ends: object
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, graph: Graph) -> "Content":
        """All that a graph holds now."""
        ends = (graph.stage, graph.time, dict(graph.outputs), dict(graph.taps), dict(graph.carried))
        return cls(ends, tuple(graph))

    def same(self, other: "Content") -> bool:
        """Whether it is that of another graph or moment, with the very same nodes."""
        equal = self.ends == other.ends and len(self.nodes) == len(other.nodes)
        return equal and all(map(is_, self.nodes, other.nodes))
