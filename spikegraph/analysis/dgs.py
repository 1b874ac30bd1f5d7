"""Neurons whose surrogates are searched, with their weights and temperatures."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.local_subgraph import LocalSubgraph, local_subgraph, weights_of
from spikegraph.ir.ops.activation import Lif


@dataclass(frozen=True)
class Group:
    """A neuron whose surrogate is searched, with all its uses: they share weights, and so one temperature b.

    Attributes:
        name: The name of its weights, such as `features.stem0`.
        place: The place in the spec's `dgs at`, such as `all stems`.
        uses: One for each use of the weights.
        weights: The names of the weights in the local subgraphs, `w` of Algorithm 1.
    """

    name: str
    place: str
    uses: tuple[LocalSubgraph, ...]
    weights: tuple[str, ...]


def groups(graph: Graph) -> tuple[Group, ...]:
    """Every instrumented neuron, in the graph's order.

    Raises:
        ValueError: One has no weights of its own: the graph wasn't marked by `instrument-dgs`.
    """
    found: dict[str, list[tuple[str, LocalSubgraph]]] = {}
    for node in graph:
        if isinstance(node.op, Lif) and node.op.dgs is not None:
            use = local_subgraph(graph, node)
            if use is None:
                raise ValueError(f"{node.name} is marked for a surrogate search and has no weights")
            found.setdefault(node.weights, []).append((node.op.dgs, use))
    made: list[Group] = []
    for name, uses in found.items():
        nodes = [graph.node(n) for _, use in uses for n in use.local]
        weights = tuple(dict.fromkeys(w for n in nodes for w in weights_of(graph, n)))
        made.append(Group(name, uses[0][0], tuple(use for _, use in uses), weights))
    return tuple(made)


def temperatures(graph: Graph) -> dict[str, float]:
    """The temperature b of every instrumented neuron by its group's name."""
    marked = [n for n in graph if isinstance(n.op, Lif) and n.op.dgs is not None]
    return {n.weights: n.op.neuron.surrogate.b for n in marked if isinstance(n.op, Lif)}


def with_temperatures(graph: Graph, found: Mapping[str, float]) -> Graph:
    """The graph in which the neurons of these names have these temperatures, in all their uses.

    Raises:
        ValueError: It has no neuron of one of the names, or a temperature isn't positive.
    """
    known = {n.weights for n in graph if isinstance(n.op, Lif)}
    missing = [name for name in found if name not in known]
    if missing:
        raise ValueError(f"there is no neuron `{missing[0]}` whose surrogate has a temperature")

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        op = node.op
        if not isinstance(op, Lif) or node.weights not in found:
            return out.keep(node, operands)
        return out.add(node.name, tempered(op, found[node.weights]), operands, node.span)

    return graph.rewrite(rule)


def tempered(op: Lif, b: float) -> Lif:
    """The neuron with another temperature of its surrogate.

    Raises:
        ValueError: b isn't positive.
    """
    surrogate = type(op.neuron.surrogate)(name=op.neuron.surrogate.name, b=b)
    return op.model_copy(update={"neuron": op.neuron.model_copy(update={"surrogate": surrogate})})


def passes_shared(graph: Graph, group: Group) -> bool:
    """Whether one forward and one backward pass give the gradient of the group's weights under each candidate surrogate.

    True if the weights reach the loss only through the group's neurons, none of which lies behind another: then a candidate
    doesn't change the gradient that arrives at the neurons' outputs.
    """
    where = {name: use for use in group.uses for name in use.local}
    judged = {*graph.outputs.values(), *graph.taps.values()}
    behind: set[str] = set()
    for node in graph:
        use = where.get(node.name)
        if use is None:
            if any(w in group.weights for w in weights_of(graph, node)):
                return False
        else:
            inside = {*use.local, use.neuron}
            if node.name in judged or any(user.name not in inside for user in graph.users(node.name)):
                return False
        if any(o in behind for o in node.operands):
            behind.add(node.name)
        if any(node.name == u.neuron for u in group.uses):
            if node.name in behind:
                return False
            behind.add(node.name)
    return True
