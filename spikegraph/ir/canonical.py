"""When two graphs are one network: a fingerprint that is equal if and only if they differ in nothing but names.

Two graphs are one network if a renaming of nodes and weights turns one into the other, where operands that commute have no
order. So these make another network: another operation or parameter, another order of operands that don't commute (the parts
of a concatenation, for instance), and weights that several nodes share. What no output and no loss depends on doesn't count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from spikegraph.ir.graph import Graph, Node

MOST_REFINEMENTS = 2_000
"""Refinements after which symmetries aren't looked into any further."""

Tag = tuple[int, int]
"""What a neighbour is to a vertex: a role, and the number of the operand or tensor; -1 where operands commute."""

TAKES, TAKEN, OWNS, OWNED, CARRIES, CARRIED = range(6)
"""The roles of a neighbour: operand, user, weights, user of weights, source at the step before, and what carries."""

Near = Sequence[Sequence[tuple[Tag, int]]]
"""For each vertex its neighbours."""

Listing = tuple[tuple[str, tuple[tuple[Tag, int], ...]], ...]
"""A graph whose vertices have an order: the label of each, and its neighbours by their places in the order."""


def fingerprint(graph: Graph) -> str:
    """A text that two graphs have in common if and only if they are one network.

    Colours of vertices are refined by those of their neighbours, in both directions (Weisfeiler and Leman, 1968), until no more
    differ. Vertices that still share a colour are told apart one by one, in every way that no symmetry of the graph makes
    equal, and the least listing counts; so the fingerprint is exact. A graph with so many symmetries that this takes more than
    `MOST_REFINEMENTS` may have several fingerprints: then one network counts as several, and never several as one.

    Args:
        graph: A graph in which nothing is open and cells are taken apart, such as `Built.plain` of the phase `retrain`.
    """
    vertices = _Vertices.of(graph)
    text = repr((graph.time, _Canonical(vertices.labels, vertices.near).listing(vertices.colours)))
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class _Vertices:
    """A graph as vertices: its nodes in order, then the weights that they have, under whatever name.

    Attributes:
        labels: What each vertex is, without names.
        near: The neighbours of each.
        colours: A first colour of each, by all that is before and behind it: equal where a renaming might exchange two.
    """

    labels: list[str]
    near: list[list[tuple[Tag, int]]]
    colours: list[int]

    @classmethod
    def of(cls, graph: Graph) -> "_Vertices":
        needed = graph.ancestors((*graph.outputs.values(), *graph.taps.values()))
        nodes = [node for node in graph if node.name in needed]
        number = {node.name: k for k, node in enumerate(nodes)}
        ends = _ends(graph)
        labels = [_label(node, ends) for node in nodes]
        near: list[list[tuple[Tag, int]]] = [[] for _ in nodes]
        weights: dict[str, int] = {}
        for k, node in enumerate(nodes):
            for place, operand in enumerate(node.operands):
                index = -1 if node.op.traits.commutes else place
                near[k].append(((TAKES, index), number[operand]))
                near[number[operand]].append(((TAKEN, index), k))
            for place, name in enumerate(node.leaves):
                if name not in weights:
                    weights[name] = len(labels)
                    labels.append("weights")
                    near.append([])
                near[k].append(((OWNS, place), weights[name]))
                near[weights[name]].append(((OWNED, place), k))
            if node.name in graph.carried:
                source = number[graph.carried[node.name]]
                near[k].append(((CARRIES, 0), source))
                near[source].append(((CARRIED, 0), k))
        return cls(labels, near, _first_colours(labels, near, len(nodes)))


def _ends(graph: Graph) -> Mapping[str, list[str]]:
    """The outputs and losses that take the value of each node."""
    found: dict[str, list[str]] = {}
    for kind, of in (("output", graph.outputs), ("tap", graph.taps)):
        for name, node in sorted(of.items()):
            found.setdefault(node, []).append(f"{kind} {name}")
    return found


def _label(node: Node, ends: Mapping[str, list[str]]) -> str:
    """What a node computes, and as what the network's user knows it: an input, an output, or a value of a loss."""
    name = node.name if node.op.traits.source else ""
    return repr((node.op.name, node.op.model_dump_json(), sorted(node.notes.items()), name, ends.get(node.name, [])))


def _first_colours(labels: Sequence[str], near: Near, nodes: int) -> list[int]:
    """Colours by one sweep from the inputs and one back from the outputs, which spares most rounds of the refinement."""
    before = [_digest(label, ()) for label in labels]
    for k in range(nodes):  # in an executable order: operands come first
        before[k] = _digest(labels[k], sorted((tag, before[w]) for tag, w in near[k] if tag[0] == TAKES))
    behind = list(before)
    for k in reversed(range(nodes)):
        behind[k] = _digest(before[k], sorted((tag, behind[w]) for tag, w in near[k] if tag[0] == TAKEN))
    rank = {digest: k for k, digest in enumerate(sorted(set(behind)))}
    return [rank[digest] for digest in behind]


def _digest(own: str, near: Sequence[tuple[Tag, str]]) -> str:
    return sha256(repr((own, near)).encode()).hexdigest()


@dataclass
class _Canonical:
    """Looks for the least listing of a graph."""

    labels: Sequence[str]
    near: Near
    spent: int = 0

    def listing(self, colours: Sequence[int]) -> Listing:
        """The least listing among the orders that agree with some colours."""
        colours = self._refined(colours)
        alike = _alike(colours)
        if not alike:
            return self._listed(colours)
        found: dict[Listing, int] = {}
        for vertex in alike:
            # Equal listings prove a symmetry that exchanges two vertices, so one of them stands for both.
            found.setdefault(self._any(_told_apart(colours, vertex)), vertex)
            if self.spent > MOST_REFINEMENTS:
                return min(found)
        return min(self.listing(_told_apart(colours, vertex)) for vertex in found.values())

    def _any(self, colours: Sequence[int]) -> Listing:
        """A listing that agrees with some colours."""
        colours = self._refined(colours)
        while alike := _alike(colours):
            colours = self._refined(_told_apart(colours, alike[0]))
        return self._listed(colours)

    def _refined(self, colours: Sequence[int]) -> list[int]:
        """Colours by those of the neighbours, until no vertex differs from another that had its colour."""
        count, made = len(set(colours)), list(colours)
        while True:
            self.spent += 1
            signatures = [(made[v], tuple(sorted((tag, made[w]) for tag, w in near))) for v, near in enumerate(self.near)]
            rank = {signature: k for k, signature in enumerate(sorted(set(signatures)))}
            made = [rank[signature] for signature in signatures]
            if len(rank) == count:
                return made
            count = len(rank)

    def _listed(self, colours: Sequence[int]) -> Listing:
        """The listing in the order of colours, of which each vertex has its own."""
        order = sorted(range(len(colours)), key=lambda v: colours[v])
        return tuple((self.labels[v], tuple(sorted((tag, colours[w]) for tag, w in self.near[v]))) for v in order)


def _alike(colours: Sequence[int]) -> list[int]:
    """The vertices of the first colour that several have; empty if none is."""
    groups: dict[int, list[int]] = {}
    for vertex, colour in enumerate(colours):
        groups.setdefault(colour, []).append(vertex)
    return next((groups[colour] for colour in sorted(groups) if len(groups[colour]) > 1), list[int]())


def _told_apart(colours: Sequence[int], vertex: int) -> list[int]:
    """The colours with one of its own for a vertex, before the others that had it."""
    return [2 * colour + (colour == colours[vertex] and v != vertex) for v, colour in enumerate(colours)]
