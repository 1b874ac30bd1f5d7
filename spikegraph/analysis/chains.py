"""Layers in a row without a neuron between them, which are one layer where that is exact."""

from collections.abc import Iterator, Mapping

from spikegraph.analysis.flow import arithmetic_of, is_layer, is_linear, used
from spikegraph.analysis.quantities import Current, Quantity
from spikegraph.ir import arithmetic as ir
from spikegraph.ir.graph import Graph, Node


class Chains:
    """The layers of a graph whose weights can take in the layer behind them.

    Two layers are one at every position if at most one of them has a kernel above 1, or if neither has padding: otherwise the
    second one's zeros aren't what the first would have given beyond the border. For the same reason a bias or a norm of the
    first must not be padded by the second or between them, nor be delayed: the bias of the one layer would differ from
    position to position, or in the first steps. The weights of the first take in those of the second, as a convolution takes
    in a norm, also through sums, concatenations, poolings and resizings without weights; so all uses of these weights must
    lead to the second layer, and their results have no other use. No pass joins them: the certificate says that it could be
    done.
    """

    def __init__(self, graph: Graph, found: Mapping[str, Quantity]) -> None:
        self._graph, self._found = graph, found
        self._users: dict[str, list[Node]] = {}
        """By node, the nodes that use its numbers, not only its size."""
        for node in graph:
            for name in used(node, arithmetic_of(node)):
                self._users.setdefault(name, []).append(node)
        self._ends = {*graph.outputs.values(), *graph.taps.values(), *graph.carried.values()}
        self._sharing: dict[str, list[Node]] = {}
        """By name of weights, the layers that have them."""
        for node in graph:
            if is_layer(node):
                self._sharing.setdefault(node.weights, []).append(node)

    def misfit(self, layer: Node, given: Current) -> bool:
        """True if a layer's kernel can't be joined with those before it exactly at the borders."""
        computed = arithmetic_of(layer)
        if not isinstance(computed, ir.Layer):
            return given.uneven
        beyond = computed.padded or layer.op.traits.stateful
        wide = computed.window and given.window and (given.bordered or computed.padded)
        return wide or given.uneven or (given.constant and beyond)

    def used_elsewhere(self, layer: Node) -> Node | None:
        """What is before a layer and has another use, so that no weights before it can take it in; None if there is nothing."""
        for maker in self._makers(layer):
            if not is_layer(maker):
                return maker
            ends = [self._end(other) for other in self._sharing[maker.weights]]
            if any(end is None or end.weights != layer.weights for end in ends):
                return maker
        return None

    def _makers(self, layer: Node) -> Iterator[Node]:
        """The layers that make the current that a layer takes, or what carries it from the step before."""
        seen, open_ = set[str](), list(used(layer, arithmetic_of(layer)))
        while open_:
            name = open_.pop(0)
            if name in seen or not isinstance(self._found[name], Current):
                continue
            seen.add(name)
            node = self._graph.node(name)
            if is_layer(node) or not is_linear(node):
                yield node
            else:
                open_ += used(node, arithmetic_of(node))

    def _end(self, node: Node) -> Node | None:
        """The layer to which a layer's result leads, through linear operations without another use; None if there is none."""
        while True:
            users = self._users.get(node.name, [])
            if len(users) != 1 or node.name in self._ends:
                return None
            (node,) = users
            if is_layer(node):
                return node
            if not is_linear(node):
                return None
