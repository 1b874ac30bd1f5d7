"""The pass `widen`."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import in_loops
from spikegraph.ir.ops.wide import Fan, Part, Take
from spikegraph.ir.path import Path
from spikegraph.ir.patterns import chain, fires, joins, member, normalises, scaled, takes_norm
from spikegraph.passes.base import Pass
from spikegraph.passes.order_of_uses import OrderOfUses, Use
from spikegraph.passes.properties import LOWERED
from spikegraph.passes.widen_pairs import widen_pairs

IN_A_CELL = 2
"""Number of steps of an open edge's path after the cell's: node and source."""


@record
class _Chain:
    """A candidate of an edge that consists of convolution, norm and neuron, in this order."""

    nodes: tuple[Node, ...]
    take: tuple[int, int]
    """The number of the edge among those of its source, and the number of the candidate."""


@record
class _Source:
    """A value with the open edges from it within one cell."""

    value: str
    mixes: tuple[Node, ...]
    groups: tuple[tuple[_Chain, ...], ...]
    identities: tuple[tuple[int, int], ...]
    inside: frozenset[str]


class Widen(Pass):
    """Joins the open edges from one value into one wide convolution, norm and neuron, and one weighted sum.

    The function is the same but faster: a cell of three nodes has nine edges with three candidates each, and convolutions
    with few output channels are slow. Weights keep their names. Edges of another form are not changed. Of chosen edges the
    pass joins convolutions and norms from one value, except those before a neuron in a surrogate search. Several uses of the
    same weights are not joined, nor are norms with several uses, if these would change the running statistics in another order.
    """

    name: ClassVar[str] = "widen"
    refuses: ClassVar[bool] = False
    faster: ClassVar[bool] = True
    requires = (LOWERED,)

    @override
    def apply(self, graph: Graph) -> Graph:
        return widen_pairs(self._widen_open(graph))

    def _widen_open(self, graph: Graph) -> Graph:
        dropped = scaled(graph)
        sources = [s for s in (_source(mixes, graph) for mixes in _by_source(graph)) if s is not None]
        sources = [s for s in sources if not (s.identities and s.value in dropped)]  # a weighted sum keeps spikes as bits
        sources = _in_order(sources, graph)
        first = {s.mixes[0].name: s for s in sources}
        places = _places(sources)
        owner = {m.name: s for s in sources for m in s.mixes}
        inside = {name for s in sources for name in s.inside}
        fans: dict[str, str] = {}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in inside:
                return operands[0]
            if node.name in first:
                fans[node.name] = _wide(first[node.name], places[node.name], operands, out)
            if node.name in owner:
                source = owner[node.name]
                place = next(i for i, m in enumerate(source.mixes) if m.name == node.name)
                width = node.value.channels
                fan = fans[source.mixes[0].name]
                return out.change(node, (fan,), Part(start=place * width, channels=width))
            return out.keep(node, operands)

        return graph.rewrite(rule)


def _by_source(graph: Graph) -> list[list[Node]]:
    """The open edges, grouped by architecture parameter, cell, source and the loop that they are part of.

    Uses of the same edge are in several groups, since a wide operation has weights once.
    """
    found: dict[Hashable, list[Node]] = defaultdict(list)
    uses: Counter[Hashable] = Counter()
    loops = in_loops(graph)
    for node in graph:
        choice = node.op.choice()
        if choice is not None:
            alike = choice.cell, node.path.up(IN_A_CELL), _root(graph, node.operands[0]), loops.get(node.name)
            found[alike, uses[alike, choice.edge]].append(node)
            uses[alike, choice.edge] += 1
    return list(found.values())


def _root(graph: Graph, name: str) -> str:
    """The first value of a candidate's chain."""
    node = graph.node(name)
    while (joins(node) or node.op.traits.forwards) and len(node.operands) == 1 and graph.uses(node.name) == 1:
        node = graph.node(node.operands[0])
    return node.name


def _source(mixes: list[Node], graph: Graph) -> _Source | None:
    """The edges from one value, if all of them can be widened."""
    value = _root(graph, mixes[0].operands[0])
    groups: dict[Hashable, list[_Chain]] = defaultdict(list)
    identities: list[tuple[int, int]] = []
    inside: set[str] = set()
    for edge, mix in enumerate(mixes):
        for candidate, operand in enumerate(mix.operands):
            end = graph.node(operand)
            if end.op.traits.forwards and end.operands[0] == value:
                identities.append((edge, candidate))
                inside.add(end.name)
                continue
            nodes = chain(graph, end, (_starts, _norm, _neuron))
            if nodes is None or nodes[0].operands != (value,) or graph.uses(end.name) != 1:
                return None
            groups[tuple(n.op.family() for n in nodes)].append(_Chain(nodes, (edge, candidate)))
            inside |= {n.name for n in nodes}
    if not groups or any(m.value.shape != mixes[0].value.shape for m in mixes):
        return None
    leaves = [weights for name in inside for weights in graph.node(name).leaves]
    if len(leaves) > len(set(leaves)):
        return None  # a wide operation has weights once
    return _Source(value, tuple(mixes), tuple(map(tuple, groups.values())), tuple(identities), frozenset(inside))


def _in_order(sources: list[_Source], graph: Graph) -> list[_Source]:
    """The sources, without those by which uses of a norm would change its running statistics in another order.

    Wide norms are computed where the first edge of their source was.
    """
    order = OrderOfUses(graph)
    while True:
        starts = [min(order.places[mix.name] for mix in s.mixes) for s in sources]
        broken = order.broken({use: at for s, at in zip(sources, starts, strict=True) for use in _uses(s)})
        if not broken:
            return sources
        sources = [s for s in sources if broken.isdisjoint(_uses(s))]


def _uses(source: _Source) -> Iterator[Use]:
    """The uses of norms among the candidates."""
    return ((norm.name, norm.weights) for chains in source.groups for c in chains for _, norm, _ in [c.nodes])


def _starts(node: Node) -> bool:
    return joins(node) and takes_norm(node)


def _norm(node: Node) -> bool:
    return joins(node) and normalises(node)


def _neuron(node: Node) -> bool:
    return joins(node) and fires(node)


def _places(sources: list[_Source]) -> dict[str, Path]:
    """The path of each source's wide operations, by its first edge: the cell's, with the value's name in it.

    Edges whose candidates begin with an operation of their own, such as ReLU, have one value each; then the node's name too.
    A choice on a wire is in no cell: its operations are below the wire, whose name no other has.
    """
    wires = {s.mixes[0].name: s.mixes[0].path for s in sources if _on_wire(s.mixes[0])}
    first = [s.mixes[0] for s in sources if s.mixes[0].name not in wires]
    short = {node.name: node.path.up(IN_A_CELL) / node.path.label for node in first}
    count = Counter(short.values())
    found = {n.name: short[n.name] if count[short[n.name]] == 1 else short[n.name] / n.path.up(1).label for n in first}
    return found | wires


def _on_wire(node: Node) -> bool:
    """Whether an open choice is on a wire: its parameter is called `NETWORK.PLACE.alpha`, and no cell's name has a dot."""
    choice = node.op.choice()
    return choice is not None and "." in choice.cell


def _wide(source: _Source, base: Path, operands: tuple[str, ...], out: Graph) -> str:
    """Adds the wide operations of a source; returns the name of their weighted sum.

    `operands` are those of the first edge in `out`, where all of them are the source's value.
    """
    x, first = operands[0], source.mixes[0]
    takes: list[Take] = []
    values: list[str] = []
    for number, chains in enumerate(source.groups):
        values.append(_group(base / f"wide{number}", chains, x, out))
        start = 0
        for c in chains:
            takes.append(Take(operand=number, start=start, edge=c.take[0], candidate=c.take[1]))
            start += c.nodes[0].value.channels
    if source.identities:
        values.append(x)
        takes += [Take(operand=len(values) - 1, start=0, edge=e, candidate=c) for e, c in source.identities]
    choices = [choice for m in source.mixes if (choice := m.op.choice()) is not None]
    edges = tuple(choice.edge for choice in choices)
    fan = Fan(cell=choices[0].cell, edges=edges, width=first.value.channels, takes=tuple(takes))
    return out.add(base / "fan", fan, tuple(values), first.span)


def _group(path: Path, chains: tuple[_Chain, ...], x: str, out: Graph) -> str:
    """Adds one wide convolution, norm and neuron."""
    span = chains[0].nodes[0].span
    for nodes in zip(*(c.nodes for c in chains), strict=True):
        x = out.add(path / nodes[0].op.name, nodes[0].op.widened([member(n) for n in nodes]), (x,), span)
    return x
