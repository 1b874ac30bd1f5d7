"""Properties of graphs that passes require before they run, or ensure afterwards."""

from collections.abc import Callable
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node


@dataclass(frozen=True)
class Property:
    """A property of a graph.

    Attributes:
        holds: What is true of a graph that has it.
        broken: The message for a node without it, after the node's operation and name.
        violated: True for a node of a graph without it.
        fix: Where in a pipeline the pass `{name}` should be; `{first}` expands the node.
    """

    holds: str
    broken: str
    violated: Callable[[Node], bool]
    fix: str

    def help(self, name: str, node: Node) -> str:
        """How a pipeline can give the pass `name` a graph with the property, where `node` lacks it."""
        return self.fix.format(name=name, first=node.op.traits.expanded_by)

    def violation(self, graph: Graph) -> Node | None:
        """The first node of a graph without the property; None if it holds."""
        return next((node for node in graph if self.violated(node)), None)


def _weighted_choice(node: Node) -> bool:
    return not node.op.composite and bool(node.op.architecture(*node.operand_values))


def _open_level(node: Node) -> bool:
    return node.op.traits.expanded_by == "expand-layers" and any(v.levels > 1 for v in node.operand_values)


AFTER = "put `{name}` after `{first}`"

LOWERED = Property("no composite operation", "is not expanded", lambda n: n.op.composite, AFTER)
ONLY_FITS = Property(
    "no composite operation but `fit`",
    "is not expanded",
    lambda n: n.op.composite and n.op.traits.expanded_by != "insert-resize",
    AFTER,
)
UNJOINED = Property(
    "no joined operation", "joins several", lambda n: n.op.traits.joined, "put `{name}` before `widen` and `fuse`"
)
UNWEIGHTED = Property(
    "open choices", "is already a weighted sum", _weighted_choice, "put `{name}` before `expand-trellis` and `expand-cells`"
)
LEVELS_CLOSED = Property(
    "closed levels",
    "follows a trellis whose level is open",
    _open_level,
    "put `{name}` after `bind-genotype` or `expand-trellis`",
)


def expanded(by: str) -> Property:
    """No operation is left that the pass `by` expands."""
    return Property(f"nothing for `{by}` to expand", "is not expanded", lambda n: n.op.traits.expanded_by == by, AFTER)
