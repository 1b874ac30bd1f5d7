"""Joins chosen edges: convolutions of one value, each with its norm."""

from collections import Counter, defaultdict
from collections.abc import Hashable

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import in_loops
from spikegraph.ir.ops.wide import Part
from spikegraph.ir.path import Path
from spikegraph.ir.patterns import chain, joins, member, normalises, takes_norm
from spikegraph.passes.order_of_uses import OrderOfUses, Use

IN_A_CELL = 4
"""Number of steps of a convolution's path after the cell's: node, source, candidate, operation."""

_PARTS = ("conv", "norm")
"""Names of a wide convolution and its norm."""

Pair = tuple[Node, ...]
"""A convolution and the norm after it, which is its only use."""


def widen_pairs(graph: Graph) -> Graph:
    """Joins each group of pairs into a wide convolution and norm; its parts get the norms' names."""
    groups = _in_order(_groups(graph), graph)
    convs = {conv.name: group for group in groups for conv, _ in group}
    places = {norm.name: (group, i) for group in groups for i, (_, norm) in enumerate(group)}
    paths = _paths(groups, graph)
    wide: dict[str, str] = {}

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.name in convs:
            group = convs[node.name]
            first = group[0][0].name
            if first not in wide:
                wide[first] = _wide(paths[first], group, operands[0], out)
            return operands[0]
        if node.name in places:
            group, i = places[node.name]
            start = sum(norm.value.channels for _, norm in group[:i])
            return out.change(node, (wide[group[0][0].name],), Part(start=start, channels=node.value.channels))
        return out.keep(node, operands)

    return graph.rewrite(rule)


def _groups(graph: Graph) -> list[list[Pair]]:
    """Pairs that can be joined; uses of the same weights are in several groups, since a wide operation has weights once."""
    found: dict[Hashable, list[Pair]] = defaultdict(list)
    uses: Counter[Hashable] = Counter()
    loops = in_loops(graph)
    for node in graph:
        pair = chain(graph, node, (lambda n: joins(n) and takes_norm(n), lambda n: joins(n) and normalises(n)))
        if pair is not None and not _searched(node, graph):
            conv, norm = pair
            cell = conv.path.up(min(IN_A_CELL, len(conv.path.steps) - 1))
            alike = cell, conv.operands[0], conv.op.family(), norm.op.family(), loops.get(norm.name)
            number = max(uses[alike, conv.weights], uses[alike, norm.weights])
            found[alike, number].append(pair)
            uses[alike, conv.weights] = uses[alike, norm.weights] = number + 1
    return list(found.values())


def _in_order(groups: list[list[Pair]], graph: Graph) -> list[list[Pair]]:
    """The groups of several pairs, without pairs by which uses of a norm would change its running statistics in another order.

    A wide norm is computed where the first convolution of its group was.
    """
    order = OrderOfUses(graph)
    while True:
        groups = [group for group in groups if len(group) > 1]
        starts = [min(order.places[conv.name] for conv, _ in group) for group in groups]
        broken = order.broken({_use(pair): at for group, at in zip(groups, starts, strict=True) for pair in group})
        if not broken:
            return groups
        groups = [[pair for pair in group if _use(pair) not in broken] for group in groups]


def _use(pair: Pair) -> Use:
    norm = pair[-1]
    return norm.name, norm.weights


def _searched(norm: Node, graph: Graph) -> bool:
    """True if the norm leads to a neuron in a surrogate search, which needs its convolutions separately."""
    users = graph.users(norm.name)
    through = [u for user in users if user.op.traits.sums_edges for u in graph.users(user.name)]
    return any("dgs" in u.notes for u in (*users, *through))


def _paths(groups: list[list[Pair]], graph: Graph) -> dict[str, Path]:
    """The path of each group's wide operations, by its first convolution: beside this, or below it where that isn't free."""
    beside = {group[0][0].name: group[0][0].path.up() / "wide" for group in groups}
    count = Counter(beside.values())
    below = {conv for conv, path in beside.items() if count[path] > 1 or any(str(path / part) in graph for part in _PARTS)}
    return {conv: graph.node(conv).path / "wide" if conv in below else path for conv, path in beside.items()}


def _wide(base: Path, group: list[Pair], x: str, out: Graph) -> str:
    for label, nodes in zip(_PARTS, zip(*group, strict=True), strict=True):
        x = out.add(base / label, nodes[0].op.widened([member(n) for n in nodes]), (x,), nodes[0].span)
    return x
