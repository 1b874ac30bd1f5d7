"""Neurons whose surrogates are searched, with their weights and temperatures (Che et al., NeurIPS 2022, section 3.4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.local_subgraph import LocalSubgraph, local_subgraph
from spikegraph.ir.opdef import Op


@dataclass(frozen=True)
class Group:
    """A neuron whose surrogate is searched, with all its uses, which share weights and the temperature b.

    Attributes:
        name: Name of its weights, such as `features.stem0`.
        place: Place in the spec's `dgs at`, such as `all stems`.
        uses: The local subgraph of each use.
        weights: Names of the weights in the local subgraphs, `w` of Algorithm 1.
    """

    name: str
    place: str
    uses: tuple[LocalSubgraph, ...]
    weights: tuple[str, ...]


def groups(graph: Graph) -> tuple[Group, ...]:
    """All neurons marked for a surrogate search, in the order of the graph.

    Raises:
        ValueError: A marked neuron has no weights: the graph was not marked by `instrument-dgs`.
    """
    found: dict[str, list[tuple[str, LocalSubgraph]]] = {}
    for node in graph:
        if "dgs" in node.notes:
            use = local_subgraph(graph, node)
            if use is None:
                raise ValueError(f"{node.name} is marked for a surrogate search but has no weights")
            found.setdefault(node.weights, []).append((str(node.notes["dgs"]), use))
    made: list[Group] = []
    for name, uses in found.items():
        nodes = [graph.node(n) for _, use in uses for n in use.local]
        weights = tuple(dict.fromkeys(w for n in nodes for w in n.leaves))
        made.append(Group(name, uses[0][0], tuple(use for _, use in uses), weights))
    return tuple(made)


def temperatures(graph: Graph) -> dict[str, float]:
    """The temperature b of every marked neuron, by the name of its group."""
    marked = {n.weights: n.op.neuron_of() for n in graph if "dgs" in n.notes}
    return {name: neuron.surrogate.b for name, neuron in marked.items() if neuron is not None}


def with_temperatures(graph: Graph, found: Mapping[str, float]) -> Graph:
    """Sets the temperatures of neurons by the names of their weights, in all uses.

    Raises:
        ValueError: The graph has no neuron of a name, or a temperature isn't positive.
    """
    known = {n.weights for n in graph if n.op.neuron_of() is not None}
    missing = [name for name in found if name not in known]
    if missing:
        raise ValueError(f"the graph has no neuron `{missing[0]}`, so its temperature can't be set")

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.op.neuron_of() is None or node.weights not in found:
            return out.keep(node, operands)
        return out.change(node, operands, tempered(node.op, found[node.weights]))

    return graph.rewrite(rule)


def only_marked(graph: Graph, place: str, kept: Collection[str]) -> Graph:
    """The graph with the marks of a place only at these neurons, by the names of their groups."""

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.notes.get("dgs") != place or node.weights in kept:
            return out.keep(node, operands)
        return out.add(node.path, node.op, operands, node.span, {k: v for k, v in node.notes.items() if k != "dgs"})

    return graph.rewrite(rule)


def tempered(op: Op, b: float) -> Op:
    """A copy of spiking neurons whose surrogate has temperature b.

    Raises:
        ValueError: b isn't positive, or the operation has no neurons.
    """
    neuron = op.neuron_of()
    if neuron is None:
        raise ValueError(f"`{op.name}` has no neurons")
    surrogate = type(neuron.surrogate)(name=neuron.surrogate.name, b=b)
    return op.with_neuron(neuron.model_copy(update={"surrogate": surrogate}))


def passes_shared(graph: Graph, group: Group) -> bool:
    """True if one forward and one backward pass suffice for the gradients of the weights under all candidate surrogates.

    This holds if the weights reach the loss only through the group's neurons and none of these depends on another: then
    candidates don't change the gradient at the neurons' outputs.
    """
    where = {name: use for use in group.uses for name in use.local}
    results = {*graph.outputs.values(), *graph.taps.values(), *graph.carried.values()}
    for node in graph:
        use = where.get(node.name)
        if use is None:
            if any(w in group.weights for w in node.leaves):
                return False
        else:
            inside = {*use.local, use.neuron}
            if node.name in results or any(user.name not in inside for user in graph.users(node.name)):
                return False
    neurons = {use.neuron for use in group.uses}
    return not any(neurons & _behind(graph, name) for name in neurons)


def _behind(graph: Graph, name: str) -> set[str]:
    """The nodes that depend on a node, at this step or a later one; itself if a loop leads back to it."""
    later = [carried for carried, source in graph.carried.items() if source == name]
    return graph.descendants([*later, *(user.name for user in graph.users(name))])
