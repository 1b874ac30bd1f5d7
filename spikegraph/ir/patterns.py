"""Finds chains of operations that meet conditions; passes that join operations use it."""

from collections.abc import Callable, Collection, Sequence

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.traits import Member, Normalisation

Condition = Callable[[Node], bool]


def chain(graph: Graph, end: Node, conditions: Sequence[Condition]) -> tuple[Node, ...] | None:
    """The nodes, first to last, of a chain that ends at `end`, one for each condition; None if there is no such chain.

    Each node but the last is used only by the next, which has no other operand.
    """
    found = [end]
    for condition in reversed(conditions):
        if not condition(found[0]):
            return None
        if len(found) == len(conditions):
            return tuple(found)
        if len(found[0].operands) != 1 or graph.uses(found[0].operands[0]) != 1:
            return None
        found.insert(0, graph.node(found[0].operands[0]))
    return None


def scaled(graph: Graph) -> set[str]:
    """The nodes whose spikes are scaled in training, by a dropout at this step or an earlier one: they aren't 0 or 1 there."""
    found, before = set[str](), -1
    while before < len(found):  # again only where values are carried from one step to the next
        before = len(found)
        for node in graph:
            if node.op.traits.scales or (not fires(node) and any(s in found for s in graph.sources(node.name))):
                found.add(node.name)
        if not graph.carried:
            break
    return found


def centring_norms(graph: Graph, wanted: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """For nodes with weights whose results only batch norms take, the weights of these; not for nodes that are `wanted`.

    In training a constant that such a node adds to a channel changes nothing behind the norms.
    """
    return {node.name: norms for node in graph if node.leaves and (norms := _norms_behind(graph, node.name, wanted))}


def _norms_behind(graph: Graph, name: str, wanted: Collection[str]) -> tuple[str, ...]:
    """The weights of the batch norms that take a node's result, or parts of it; none if anything else does."""
    found: list[str] = []
    users = graph.users(name)
    if name in wanted or graph.uses(name) != sum(user.operands.count(name) for user in users):
        return ()
    for user in users:
        for operand in (k for k, source in enumerate(user.operands) if source == name):
            parted = user.op.selection() is not None
            norms = _norms_behind(graph, user.name, wanted) if parted else user.op.centring(user.weights, operand)
            if not norms:
                return ()
            found += norms
    return tuple(found)


def member(node: Node) -> Member:
    """A node as a part of a wide operation."""
    return Member(node.op, node.name, node.weights, node.value.channels)


def joins(node: Node) -> bool:
    """True if a node's operation can be computed as a part of a wide one."""
    return node.op.family() is not None


def takes_norm(node: Node) -> bool:
    """True if a batch norm of a node's result can be folded into its weights, and none is."""
    return node.op.with_norm(Normalisation()) is not None and "folded" not in node.notes


def normalises(node: Node) -> bool:
    """True for a batch norm."""
    return node.op.normalisation() is not None


def adds(node: Node) -> bool:
    """True for a sum of operands."""
    return node.op.traits.adds


def fires(node: Node) -> bool:
    """True for spiking neurons."""
    return node.op.traits.fires


def neurons(node: Node) -> bool:
    """True for neurons, whether they fire or not."""
    return node.op.traits.fires or node.op.traits.neurons
