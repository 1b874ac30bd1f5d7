"""The pass `fuse`."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import in_loops
from spikegraph.ir.patterns import adds, fires, member
from spikegraph.ir.traits import CurrentTerm, Share
from spikegraph.passes.base import Pass
from spikegraph.passes.order_of_uses import OrderOfUses, Use
from spikegraph.passes.properties import LOWERED


@record
class _Addend:
    """One term of a neuron's current: its source, and the nodes that are fused into the neuron."""

    source: str
    term: CurrentTerm
    inside: tuple[Node, ...] = ()


_Currents = tuple[tuple[_Addend, ...], ...]
"""The terms of each current of a neuron."""


class Fuse(Pass):
    """Fuses norms, their sum and the neurons after it into one operation, computed in two sweeps over all time steps.

    The function is the same but needs less memory, since the backward pass keeps no normed values and no membrane potentials.
    Weights and neurons keep their names. Of neurons with several currents each current is a sum of its own. Not fused are
    neurons in a surrogate search, or of a model without text or without states; norms of time-constant values, norms outside
    of the neuron's loop, and norms with several uses, if these would change the running statistics in another order.
    """

    name: ClassVar[str] = "fuse"
    refuses: ClassVar[bool] = False
    faster: ClassVar[bool] = True
    requires = (LOWERED,)

    @override
    def apply(self, graph: Graph) -> Graph:
        loops = in_loops(graph)
        found = {n.name: tuple(_addends(o, n, graph, loops) for o in n.operands) for n in graph if _can_fuse(n)}
        kept, whole = _in_order(graph, found)
        chosen = {n: currents for n, currents in kept.items() if any(len(c) > 1 or any(a.inside for a in c) for c in currents)}
        inside = {n.name for a in _all(chosen) for n in a.inside if n.op.selection() is None}
        sums = {
            operand
            for name, currents in chosen.items()
            for operand, addends in zip(graph.node(name).operands, currents, strict=True)
            if len(addends) > 1
        }
        apart = {graph.node(w).operands[0] for w in whole}
        made: dict[str, str] = {}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in inside or node.name in sums:
                made[node.name] = operands[0]
            elif node.name in chosen:
                currents = chosen[node.name]
                op = node.op.fused(tuple(tuple(a.term for a in addends) for addends in currents), member(node))
                made[node.name] = out.change(node, tuple(made[a.source] for c in currents for a in c), op)
            elif node.name in apart:
                made[node.name] = out.change(node, operands, node.op.split())
            else:
                made[node.name] = out.keep(node, operands)
            return made[node.name]

        return graph.rewrite(rule)


def _can_fuse(node: Node) -> bool:
    currents = tuple((CurrentTerm(),) for _ in node.operands)
    return fires(node) and "dgs" not in node.notes and node.op.fused(currents, member(node)) is not None


def _in_order(graph: Graph, found: Mapping[str, _Currents]) -> tuple[Mapping[str, _Currents], set[str]]:
    """The terms, without norms whose uses would change running statistics in another order, and the wide norms inside them."""
    order = OrderOfUses(graph)
    while True:
        whole = _wholly_inside(graph, found)
        found = {name: tuple(tuple(_kept(a, whole) for a in addends) for addends in found[name]) for name in found}
        moved = {use: order.places[name] for name, currents in found.items() for c in currents for a in c for use in _uses(a)}
        broken = order.broken(moved)
        if not broken:
            return found, whole
        found = {
            name: tuple(tuple(_plain(a) if broken.intersection(_uses(a)) else a for a in addends) for addends in found[name])
            for name in found
        }


def _uses(addend: _Addend) -> list[Use]:
    """The uses of running statistics that are fused into the neuron."""
    return [(addend.inside[-1].name, share.weights) for share in addend.term.norms]


def _plain(addend: _Addend) -> _Addend:
    """The addend without what is fused."""
    return _Addend(addend.inside[0].name, CurrentTerm()) if addend.inside else addend


def _all(found: Mapping[str, _Currents]) -> Iterator[_Addend]:
    """The addends of all neurons."""
    return (a for currents in found.values() for addends in currents for a in addends)


def _addends(operand: str, neuron: Node, graph: Graph, loops: Mapping[str, int]) -> tuple[_Addend, ...]:
    """The terms of a neuron's current, with norms fused that have no other use and are part of the same loop, if of any."""
    node = graph.node(operand)
    summed = adds(node) and graph.uses(operand) == 1 and all(v.shape == neuron.value.shape for v in node.operand_values)
    operands = node.operands if summed else (operand,)
    loop = loops.get(neuron.name)
    return tuple(_addend(graph.node(o), graph) if loops.get(o) == loop else _Addend(o, CurrentTerm()) for o in operands)


def _addend(node: Node, graph: Graph) -> _Addend:
    as_it_is = _Addend(node.name, CurrentTerm())
    if graph.uses(node.name) != 1 or not node.value.steps:
        return as_it_is
    term = node.op.term(node.weights, node.value.channels)
    if term is not None:
        return _Addend(node.operands[0], term, (node,))
    selected = node.op.selection()
    if selected is None:
        return as_it_is
    wide = graph.node(node.operands[0])
    term = wide.op.term(wide.weights, wide.value.channels)
    norms = tuple(_within(term.norms, *selected)) if term is not None else ()
    if term is None or sum(s.channels for s in norms) != node.value.channels:
        return as_it_is
    return _Addend(node.name, term.model_copy(update={"norms": norms}), (node, wide))


def _within(shares: tuple[Share, ...], start: int, channels: int) -> Iterator[Share]:
    """The shares that lie entirely in a range of channels."""
    at = 0
    for share in shares:
        if start <= at and at + share.channels <= start + channels:
            yield share
        at += share.channels


def _wholly_inside(graph: Graph, found: Mapping[str, _Currents]) -> set[str]:
    """The wide norms whose parts are all fused into neurons, so that the norm itself disappears."""
    parts = {n.name for a in _all(found) for n in a.inside if n.op.selection() is not None}
    wide = {n.name for a in _all(found) for n in a.inside[1:]}
    return {
        w
        for w in wide
        if graph.uses(w) == len(graph.users(w))
        and {u.name for u in graph.users(w)} <= parts
        and graph.node(graph.node(w).operands[0]).op.split() is not None
    }


def _kept(addend: _Addend, whole: set[str]) -> _Addend:
    """The addend with its norm fused, or unchanged if its wide norm remains."""
    if len(addend.inside) == 2 and addend.inside[1].name not in whole:
        return _plain(addend)
    return addend
