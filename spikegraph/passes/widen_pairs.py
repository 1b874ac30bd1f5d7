"""The part of `widen` for chosen edges: joins convolutions and norms from one value within one cell."""

from collections import defaultdict
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.ir.ops.wide import Part, Share, WideConv, WideNorm
from spikegraph.ir.ops.wiring import Gather

IN_A_CELL = 4
"""Number of parts of a convolution's name after the cell's: node, source, candidate, operation."""


@dataclass(frozen=True)
class _Pair:
    """A convolution and the norm after it, which is its only use."""

    conv: Node
    norm: Node


def widen_pairs(graph: Graph) -> Graph:
    """Joins each group of pairs into a wide convolution and norm; its parts get the norms' names."""
    groups = [group for group in _groups(graph) if len(group) > 1]
    first = {group[0].conv.name: group for group in groups}
    convs = {p.conv.name for group in groups for p in group}
    places = {p.norm.name: (group, i) for group in groups for i, p in enumerate(group)}
    wide: dict[str, str] = {}

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.name in first:
            wide[node.name] = _wide(first[node.name], operands[0], out)
        if node.name in convs:
            return operands[0]
        if node.name in places:
            group, i = places[node.name]
            start = sum(p.norm.value.channels for p in group[:i])
            part = Part(start=start, channels=node.value.channels)
            return out.add(node.name, part, (wide[group[0].conv.name],), node.span)
        return out.keep(node, operands)

    return graph.rewrite(rule)


def _groups(graph: Graph) -> list[list[_Pair]]:
    found: dict[tuple[object, ...], list[_Pair]] = defaultdict(list)
    for norm in graph:
        if not isinstance(norm.op, Norm):
            continue
        conv = graph.node(norm.operands[0])
        plain = isinstance(conv.op, Conv) and conv.op.bias and conv.op.folded is None and graph.uses(conv.name) == 1
        if plain and not _searched(norm, graph):
            op = conv.op
            assert isinstance(op, Conv)
            cell = conv.name.rsplit(".", IN_A_CELL)[0]
            key = (cell, conv.operands[0], op.kernel, op.stride, norm.op.eps, norm.op.momentum)
            found[key].append(_Pair(conv, norm))
    return list(found.values())


def _searched(norm: Node, graph: Graph) -> bool:
    """True if the norm leads to a neuron in a surrogate search, which needs its convolutions separately."""
    users = graph.users(norm.name)
    through = [u for user in users if isinstance(user.op, Gather) for u in graph.users(user.name)]
    return any(isinstance(u.op, Lif) and u.op.dgs is not None for u in (*users, *through))


def _wide(group: list[_Pair], x: str, out: Graph) -> str:
    conv, norm = group[0].conv, group[0].norm
    assert isinstance(conv.op, Conv) and isinstance(norm.op, Norm)
    base = f"{conv.name.rpartition('.')[0]}.wide"
    convs = tuple(Share(weights=p.conv.weights, channels=p.conv.value.channels) for p in group)
    norms = tuple(Share(weights=p.norm.weights, channels=p.norm.value.channels) for p in group)
    x = out.add(f"{base}.conv", WideConv(kernel=conv.op.kernel, stride=conv.op.stride, shares=convs), (x,), conv.span)
    return out.add(f"{base}.norm", WideNorm(eps=norm.op.eps, momentum=norm.op.momentum, shares=norms), (x,), norm.span)
