"""A supernet as a mixture: with which probability the network that a search decides on computes an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.traits import Mixture
from spikegraph.ir.types import Value, widest

P = TypeVar("P")
"""A probability: a number, or a tensor with a gradient."""


def uniform(mixture: Mixture) -> list[float]:
    """The weights of the operands of an open choice if all entries of its architecture parameter are equal."""
    return [min(mixture.factor / len(among), 1.0) for among in mixture.among]


@dataclass
class Probabilities(Generic[P]):
    """The probability of each operation of a supernet, from the weights of its open choices.

    An operation is computed if one of those that use it is, and if a path of its trellis leads to it. The probabilities of
    several uses are added, up to 1, which is exact for the candidates of one edge. Edges of a node that a genotype drops count.

    Attributes:
        graph: The lowered graph, before the passes that make it faster.
        shares: The weights of the operands of an open choice.
        capped: A sum of probabilities, at most 1.
        least: The smaller one of two probabilities.
        one: The probability 1.
    """

    graph: Graph
    shares: Callable[[Mixture], Sequence[P]]
    capped: Callable[[Sequence[P]], P]
    least: Callable[[P, P], P]
    one: P
    _found: dict[str, Sequence[P]] = field(default_factory=dict[str, Sequence[P]], repr=False)

    def of_nodes(self) -> Mapping[str, P]:
        """The probability of each operation, by name."""
        reached, used = self._reached(), self._backward(self._share)
        if all(chance is self.one for chance in reached.values()):
            return used

        def share(node: Node, own: P, k: int) -> P:
            mixture = mixture_of(node)
            if mixture is None or mixture.layer is None:
                return self._share(node, own, k)
            return self._both(self._share(node, used[node.name], k), reached[node.operands[k]])

        return self._backward(share, reached)

    def _both(self, a: P, b: P) -> P:
        """The product, without one of a number that is 1."""
        return a if b is self.one else b if a is self.one else cast("Any", a) * b

    def _weights(self, node: Node) -> Sequence[P] | None:
        mixture = mixture_of(node)
        if mixture is None:
            return None
        if node.name not in self._found:
            self._found[node.name] = self.shares(mixture)
        return self._found[node.name]

    def _share(self, node: Node, own: P, k: int) -> P:
        """The probability that an operation needs operand k, if it is needed itself with probability `own`."""
        weights = self._weights(node)
        return own if weights is None else self._both(own, weights[k])

    def _backward(self, share: Callable[[Node, P, int], P], most: Mapping[str, P] | None = None) -> dict[str, P]:
        """The probability that another operation, an output or a later time step needs each result.

        Args:
            share: That of an operand, from its user, the user's probability and the operand's index.
            most: An upper bound of each; None for 1.
        """
        graph, nodes = self.graph, list(self.graph)
        ends = {*graph.outputs.values(), *graph.taps.values(), *graph.carried.values()}
        uses: dict[str, list[P]] = {node.name: [self.one] if node.name in ends else [] for node in nodes}
        found: dict[str, P] = {}
        for node in reversed(nodes):
            of, bound = uses[node.name], self.one if most is None else most[node.name]
            whole = not of or any(use is self.one for use in of)
            total = bound if whole else of[0] if len(of) == 1 else self.capped(of)
            found[node.name] = own = total if whole or bound is self.one else self.least(total, bound)
            for k, operand in enumerate(() if node.op.traits.silent else node.operands):
                uses[operand].append(share(node, own, k))
        return found

    def _reached(self) -> dict[str, P]:
        """The probability that a path of a trellis leads to the operation."""
        found: dict[str, P] = {}
        places: dict[str, dict[str, Mixture]] = {}
        at: dict[str, P] = {}
        for node in self.graph:
            mixture, weights = mixture_of(node), self._weights(node)
            if mixture is not None and weights is not None and mixture.layer is not None:
                parts = [self._both(found[o], w) for o, w in zip(node.operands, weights, strict=True)]
                places[node.name], at[node.name] = {node.name: mixture}, self.capped(parts)
            else:
                places[node.name] = _latest([places[o] for o in _used_operands(node)], at)
            of = [at[name] for name in places[node.name]]
            found[node.name] = self.one if not of else of[0] if len(of) == 1 else self.capped(of)
        return found


def _latest(places: Sequence[Mapping[str, Mixture]], order: Iterable[str]) -> dict[str, Mixture]:
    """Of the positions from which values come those of the last layer of the last trellis; `order` has all so far."""
    joined = {name: mixture for of in places for name, mixture in of.items()}
    if len(joined) < 2:
        return joined
    last = joined[[name for name in order if name in joined][-1]]
    return {name: m for name, m in joined.items() if (m.parameter, m.layer) == (last.parameter, last.layer)}


def _used_operands(node: Node) -> list[str]:
    """The operands whose numbers an operation uses, not their sizes alone."""
    computed = node.arithmetic
    of = None if computed is None else computed.of
    return list(node.operands) if of is None else [node.operands[i] for i in of]


def mixture_of(node: Node) -> Mixture | None:
    """How an operation weights its operands; None if it makes no open choice."""
    return node.op.mixture(*node.operand_values)


def decided(graph: Graph) -> dict[str, Node]:
    """The operations by name, with the types of operands that they have once choices are decided.

    An open choice gives real numbers; each of its candidates may give spikes, so what follows adds them.
    """
    return _decided(graph)[0]


def decided_values(graph: Graph) -> dict[str, Value]:
    """The types of the operations' results by name once choices are decided: that of an open choice fits each candidate's."""
    return _decided(graph)[1]


def _decided(graph: Graph) -> tuple[dict[str, Node], dict[str, Value]]:
    values: dict[str, Value] = {}
    found: dict[str, Node] = {}
    for node in graph:
        operands = tuple([values[o] for o in node.operands])
        same = operands == node.operand_values
        found[node.name] = node if same else Node(node.path, node.op, node.operands, node.span, operands, node.notes)
        value = found[node.name].value
        if mixture_of(node) is not None:
            kind, bound = widest(operands)
            value = value.with_(kind=kind, bound=bound)
        values[node.name] = value
    return found, values
