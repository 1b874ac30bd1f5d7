"""The pass `widen`."""

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.ir.ops.wide import Fan, Part, Share, Take, WideConv, WideLif, WideNorm
from spikegraph.ir.ops.wiring import Identity, Mix
from spikegraph.passes.base import Pass
from spikegraph.passes.widen_pairs import widen_pairs


@dataclass(frozen=True)
class _Chain:
    """A candidate of an edge that consists of convolution, norm and neuron."""

    conv: Node
    norm: Node
    lif: Node
    take: tuple[int, int]
    """The number of the edge among those of its source, and the number of the candidate."""


@dataclass(frozen=True)
class _Source:
    """A value with the open edges from it within one cell."""

    value: str
    mixes: tuple[Node, ...]
    groups: tuple[tuple[_Chain, ...], ...]
    identities: tuple[tuple[int, int], ...]
    inside: frozenset[str]


@dataclass(frozen=True)
class Widen(Pass):
    """Joins the open edges from one value into one wide convolution, norm and neuron, and one weighted sum.

    The function is the same but faster: a cell of three nodes has nine edges with three candidates each, and convolutions
    with few output channels are slow. Weights keep their names. Edges of another form are not changed. Of chosen edges the
    pass joins convolutions and norms from one value, except those before a neuron in a surrogate search.
    """

    name: ClassVar[str] = "widen"
    refuses: ClassVar[bool] = False

    @override
    def apply(self, graph: Graph) -> Graph:
        return widen_pairs(self._widen_open(graph))

    def _widen_open(self, graph: Graph) -> Graph:
        sources = [s for s in (_source(mixes, graph) for mixes in _by_source(graph)) if s is not None]
        first = {s.mixes[0].name: s for s in sources}
        owner = {m.name: s for s in sources for m in s.mixes}
        inside = {name for s in sources for name in s.inside}
        fans: dict[str, str] = {}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in inside:
                return operands[0]
            if node.name in first:
                fans[node.name] = _wide(first[node.name], operands, out)
            if node.name in owner:
                source = owner[node.name]
                place = next(i for i, m in enumerate(source.mixes) if m.name == node.name)
                width = node.value.channels
                fan = fans[source.mixes[0].name]
                return out.add(node.name, Part(start=place * width, channels=width), (fan,), node.span)
            return out.keep(node, operands)

        return graph.rewrite(rule)


def _by_source(graph: Graph) -> list[list[Node]]:
    """The open edges, grouped by cell and source."""
    found: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in graph:
        if isinstance(node.op, Mix):
            cell = node.name.rsplit(".", 2)[0]
            found[cell, _root(graph, node.operands[0])].append(node)
    return list(found.values())


def _root(graph: Graph, name: str) -> str:
    """The first value of a candidate's chain."""
    node = graph.node(name)
    while isinstance(node.op, Conv | Norm | Lif | Identity) and graph.uses(node.name) == 1:
        node = graph.node(node.operands[0])
    return node.name


def _source(mixes: list[Node], graph: Graph) -> _Source | None:
    """The edges from one value, if all of them can be widened."""
    value = _root(graph, mixes[0].operands[0])
    groups: dict[tuple[int, int, Neuron], list[_Chain]] = defaultdict(list)
    identities: list[tuple[int, int]] = []
    inside: set[str] = set()
    for edge, mix in enumerate(mixes):
        for candidate, operand in enumerate(mix.operands):
            end = graph.node(operand)
            if isinstance(end.op, Identity) and end.operands[0] == value:
                identities.append((edge, candidate))
                inside.add(end.name)
                continue
            chain = _chain(end, graph, value, (edge, candidate))
            if chain is None:
                return None
            conv, lif = chain.conv.op, chain.lif.op
            assert isinstance(conv, Conv) and isinstance(lif, Lif)
            same = lif.neuron.model_copy(update={"surrogate": lif.neuron.surrogate.model_copy(update={"b": 1.0})})
            groups[conv.kernel, conv.stride, same].append(chain)
            inside |= {chain.conv.name, chain.norm.name, chain.lif.name}
    if not groups or any(m.value.shape != mixes[0].value.shape for m in mixes):
        return None
    return _Source(value, tuple(mixes), tuple(map(tuple, groups.values())), tuple(identities), frozenset(inside))


def _chain(lif: Node, graph: Graph, value: str, take: tuple[int, int]) -> _Chain | None:
    """The convolution, norm and neuron from `value`, if they have no other uses; otherwise None."""
    nodes = [lif]
    for wanted in (Norm, Conv):
        nodes.append(graph.node(nodes[-1].operands[0]))
        if not isinstance(nodes[-1].op, wanted):
            return None
    _, norm, conv = nodes
    plain = isinstance(lif.op, Lif) and isinstance(conv.op, Conv) and conv.op.bias and conv.op.folded is None
    if not plain or conv.operands[0] != value or any(graph.uses(n.name) != 1 for n in nodes):
        return None
    return _Chain(conv, norm, lif, take)


def _wide(source: _Source, operands: tuple[str, ...], out: Graph) -> str:
    """Adds the wide operations of a source; returns the name of their weighted sum.

    `operands` are those of the first edge in `out`, where all of them are the source's value.
    """
    x, first = operands[0], source.mixes[0]
    base = f"{first.name.rsplit('.', 2)[0]}.{first.name.rsplit('.', 1)[1]}"
    takes: list[Take] = []
    values: list[str] = []
    for number, chains in enumerate(source.groups):
        values.append(_group(f"{base}.wide{number}", chains, x, out))
        start = 0
        for c in chains:
            takes.append(Take(operand=number, start=start, edge=c.take[0], candidate=c.take[1]))
            start += c.conv.value.channels
    if source.identities:
        values.append(x)
        takes += [Take(operand=len(values) - 1, start=0, edge=e, candidate=c) for e, c in source.identities]
    edges = tuple(m.op.edge for m in source.mixes if isinstance(m.op, Mix))
    assert isinstance(first.op, Mix)
    fan = Fan(cell=first.op.cell, edges=edges, width=first.value.channels, takes=tuple(takes))
    return out.add(f"{base}.fan", fan, tuple(values), first.span)


def _group(name: str, chains: tuple[_Chain, ...], x: str, out: Graph) -> str:
    """Adds one wide convolution, norm and neuron."""
    conv, norm, lif = chains[0].conv.op, chains[0].norm.op, chains[0].lif.op
    assert isinstance(conv, Conv) and isinstance(norm, Norm) and isinstance(lif, Lif)
    span, width = chains[0].conv.span, chains[0].conv.value.channels
    convs = tuple(Share(weights=c.conv.weights, channels=width) for c in chains)
    norms = tuple(Share(weights=c.norm.weights, channels=width) for c in chains)
    x = out.add(f"{name}.conv", WideConv(kernel=conv.kernel, stride=conv.stride, shares=convs), (x,), span)
    x = out.add(f"{name}.norm", WideNorm(eps=norm.eps, momentum=norm.momentum, shares=norms), (x,), span)
    b = tuple(c.lif.op.neuron.surrogate.b for c in chains if isinstance(c.lif.op, Lif))
    return out.add(f"{name}.lif", WideLif(neuron=lif.neuron, width=width, b=b), (x,), span)
