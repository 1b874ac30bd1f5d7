"""Which batch norms can be folded into the weights before them, and why the others can't."""

from collections.abc import Iterable, Mapping

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.patterns import chain, normalises, takes_norm

FOLDED = "folded"
"""The note of an operation whose weights have taken in a norm: the name of the norm's weights."""


@record
class Uses:
    """The uses of each set of weights in a graph.

    A norm is a part of weights only if it follows every use of them; a block may be used several times with a norm behind some
    of its uses alone, or with different norms.

    Attributes:
        graph: The graph.
        nodes: By the name of the weights the nodes that use them.
    """

    graph: Graph
    nodes: Mapping[str, tuple[Node, ...]]

    @classmethod
    def of(cls, graph: Graph) -> "Uses":
        """The uses in a graph."""
        found: dict[str, list[Node]] = {}
        for node in graph:
            for name in node.leaves:
                found.setdefault(name, []).append(node)
        return cls(graph, {name: tuple(nodes) for name, nodes in found.items()})

    def norm_behind(self, node: Node) -> Node | None:
        """The batch norm that follows a layer and is the only use of its result; None without one."""
        users = self.graph.users(node.name) if self.graph.uses(node.name) == 1 else ()
        pair = chain(self.graph, users[0], (takes_norm, normalises)) if users else None
        return pair[1] if pair is not None and with_norm(*pair) is not None else None

    def folding(self) -> dict[str, Node]:
        """The norm of each layer that can take it in, by the layer's name."""
        found: dict[str, Node] = {}
        for name, nodes in self.nodes.items():
            norms = [self.norm_behind(node) for node in nodes]
            if (
                all(node.weights == name for node in nodes)
                and len({_key(*pair) for pair in zip(nodes, norms, strict=True)}) == 1
            ):
                found |= {node.name: norm for node, norm in zip(nodes, norms, strict=True) if norm is not None}
        return found

    def staying(self) -> frozenset[str]:
        """The names of the norms that no layer takes in."""
        folded = {norm.name for norm in self.folding().values()}
        return frozenset([node.name for node in self.graph if node.op.normalises and node.name not in folded])

    def other_use(self, node: Node, norm: Node) -> Node | None:
        """A use of a layer's weights that keeps them from taking in a norm behind this use; None if there is none."""
        wanted = _key(node, norm)
        return next(
            (other for other in self.nodes.get(node.weights, ()) if _key(other, self.norm_behind(other)) != wanted), None
        )

    def why_it_stays(self, norm: Node) -> tuple[str, str] | None:
        """The other use of weights that keeps a norm separate, as the rest of a sentence about the norm, and the fix.

        None if the norm stays for another reason: it follows no layer that could take it in, or that layer's result has
        another use.
        """
        before = self.graph.node(norm.operands[0])
        other = self.other_use(before, norm) if self.norm_behind(before) == norm else None
        if other is None:
            return None
        reason = f"`{other.name}`, another use of the same weights{_place(other, before)}, doesn't lead to this norm alone"
        return reason, f"put the norm into the block behind `{before.path.label}`, or write `weights = own`"


def with_norm(node: Node, norm: Node) -> Op | None:
    """The layer that has taken in a batch norm behind it; None if it can't, such as the margin of a norm."""
    constants = norm.op.normalisation()
    taken = node.op.with_norm(constants) if constants is not None else None
    return taken if taken is not None and taken.infer(*node.operand_values).shape == norm.value.shape else None


def _key(node: Node, norm: Node | None) -> object:
    """What must be equal for all uses of weights that take in a norm: its weights and constants, and the layer's sign."""
    if norm is None:
        return None
    trained = tuple((name, *tensors) for name, tensors in norm.leaves.items())
    return norm.weights, norm.op.normalisation(), trained, node.op.sign_of_weights()


def _place(other: Node, node: Node) -> str:
    """Where the spec uses the block that has the other use, if that is known."""
    known = {step.at for step in node.path.steps}
    at = next((step.at for step in other.path.steps if step.at is not None and step.at not in known), None)
    return f" ({at.start})" if at is not None else ""


def check_folded(nodes: Iterable[Node]) -> None:
    """Checks that weights have taken in the same norm in all of their uses.

    Raises:
        ValueError: They haven't, so no weights are right for all uses.
    """
    norms: dict[str, object] = {}
    for node in nodes:
        for name in node.leaves:
            if norms.setdefault(name, node.notes.get(FOLDED)) != node.notes.get(FOLDED):
                raise ValueError(f"`{name}` has taken in a norm in some of its uses alone")
