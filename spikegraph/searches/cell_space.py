"""The space of a spec: the edges of its cells and the paths through its trellises."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import comb, prod

from numpy.random import Generator

from spikegraph.ir.architecture import cells_of
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.cells import Trellis
from spikegraph.searches.architecture import Architecture, Edge

_DRAWS = 10_000
"""Draws after which no architecture within the limits of skips is expected any more."""


@dataclass(frozen=True)
class Paths:
    """The paths through a trellis: level 0 before the first layer, then at most one level a layer, none finer than `finest`."""

    name: str
    layers: int
    levels: int
    finest: int = 0

    @cached_property
    def _continuations(self) -> list[list[int]]:
        """The number of ways to go on behind a layer, by layer and level; layer 0 is the entrance."""
        ways = [[1] * self.levels]
        for _ in range(self.layers):
            ways.insert(0, [sum(ways[0][to] for to in self.after(level)) for level in range(self.levels)])
        return ways

    @property
    def size(self) -> int:
        """The number of paths."""
        return self._continuations[0][0]

    def after(self, level: int) -> list[int]:
        """The levels that may follow a level; below `finest` the only way leads to coarser ones."""
        near = range(max(level - 1, 0), min(level + 2, self.levels))
        return [to for to in near if to >= self.finest] or [to for to in near if to > level]

    def draw(self, random: Generator) -> tuple[int, ...]:
        """A path, each with the same probability."""
        path, level = list[int](), 0
        for layer in range(1, self.layers + 1):
            choices = self.after(level)
            ways = [self._continuations[layer][to] for to in choices]
            level = choices[int(random.choice(len(choices), p=[w / sum(ways) for w in ways]))]
            path.append(level)
        return tuple(path)

    def changes(self, path: Sequence[int]) -> list[tuple[int, ...]]:
        """The paths that differ from a path at one layer."""
        found: list[tuple[int, ...]] = []
        for layer, held in enumerate(path):
            before = path[layer - 1] if layer else 0
            found += [
                (*path[:layer], level, *path[layer + 1 :])
                for level in self.after(before)
                if level != held and (layer + 1 == len(path) or path[layer + 1] in self.after(level))
            ]
        return found


@dataclass(frozen=True)
class CellSpace:
    """The architectures that decoding can give: `keep` edges at each node, one candidate on each, `max_skips` respected.

    Of candidates that are one operation it draws the first. Architectures may still be one network by their wiring: `network`
    tells.

    Attributes:
        cells: The searched cells, in the order of the spec.
        paths: The paths of its trellises.
        same: By cell the candidates that are another one's operation, with that one.
        networks: What two architectures have in common if they are one network; by default only equal ones are.
    """

    cells: tuple[CellSpec, ...]
    paths: tuple[Paths, ...] = ()
    same: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]], compare=False, repr=False)
    networks: Callable[[Architecture], Hashable] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        graph: Graph,
        more: Sequence[CellSpec] = (),
        *,
        same: Mapping[str, Mapping[str, str]] | None = None,
        networks: Callable[[Architecture], Hashable] | None = None,
    ) -> "CellSpace":
        """The space of a graph at stage `space`; `more` are choices that aren't in the graph, such as values of params."""
        trellises = {op.trellis: Paths(op.trellis, op.layers, op.levels, op.finest) for op in graph.of(Trellis).values()}
        return cls((*more, *cells_of(graph).values()), tuple(trellises.values()), same or {}, networks)

    def network(self, architecture: Architecture) -> Hashable:
        """What two architectures have in common if and only if they are one network."""
        return architecture if self.networks is None else self.networks(architecture)

    @cached_property
    def _names(self) -> Mapping[str, list[str]]:
        """By cell the names of the candidates that are different operations."""
        return {
            cell.name: [c.name for c in cell.candidates if c.name not in self.same.get(cell.name, {})] for cell in self.cells
        }

    @property
    def size(self) -> int:
        """The number of architectures, without the limits of skips; some may be one network."""
        of_cells = (
            comb(len(sources), min(cell.keep, len(sources))) * len(self._names[cell.name]) ** min(cell.keep, len(sources))
            for cell in self.cells
            for _, sources in cell.edges
        )
        return prod(of_cells) * prod(path.size for path in self.paths)

    def draw(self, random: Generator) -> Architecture:
        """An architecture, each with the same probability.

        Raises:
            ValueError: The limits of skips seem to leave none.
        """
        for _ in range(_DRAWS):
            edges: list[Edge] = []
            for cell in self.cells:
                for node, sources in cell.edges:
                    kept = sorted(int(k) for k in random.permutation(len(sources))[: cell.keep])
                    names = self._names[cell.name]
                    chosen = random.integers(len(names), size=len(kept))
                    edges += [Edge(cell.name, node, names[int(c)], sources[k]) for k, c in zip(kept, chosen, strict=True)]
            found = Architecture(tuple(edges), tuple((path.name, path.draw(random)) for path in self.paths))
            if self.allows(found):
                return found
        raise ValueError("no architecture keeps within `max_skips`")

    def mutated(self, architecture: Architecture, random: Generator) -> Architecture:
        """An architecture that differs in one decision; itself if there is no other.

        Each decision that can change has the same probability, and so has each of its changes: one of many, as a path has them,
        is less likely than one of few.
        """
        decisions = list(range(len(architecture.edges) + len(self.paths)))
        random.shuffle(decisions)
        for number in decisions:
            if number < len(architecture.edges):
                others = self._edge_changes(architecture, number)
            else:
                at = number - len(architecture.edges)
                name, path = architecture.paths[at]
                swapped = [(name, other) for other in self.paths[at].changes(path)]
                others = [
                    Architecture(architecture.edges, (*architecture.paths[:at], new, *architecture.paths[at + 1 :]))
                    for new in swapped
                ]
            allowed = [other for other in others if self.allows(other)]
            if allowed:
                return allowed[int(random.integers(len(allowed)))]
        return architecture

    def all(self) -> list[Architecture]:
        """Every architecture of a space without trellises, for small ones."""
        found: list[tuple[Edge, ...]] = [()]
        for cell in self.cells:
            names = self._names[cell.name]
            for node, sources in cell.edges:
                kept = min(cell.keep, len(sources))
                for_node = [()]
                choices: list[tuple[Edge, ...]] = []
                for chosen in combinations(sources, kept):
                    for_node = [()]
                    for source in chosen:
                        for_node = [(*before, Edge(cell.name, node, name, source)) for before in for_node for name in names]
                    choices += for_node
                found = [(*before, *after) for before in found for after in choices]
        return [a for a in map(Architecture, found) if self.allows(a)]

    def _edge_changes(self, architecture: Architecture, number: int) -> list[Architecture]:
        """The architectures with another operation or another source on one edge."""
        edge = architecture.edges[number]
        cell = next(cell for cell in self.cells if cell.name == edge.cell)
        sources = dict(cell.edges)[edge.node]
        held = {e.source for e in architecture.edges if (e.cell, e.node) == (edge.cell, edge.node)}
        operation = self.same.get(cell.name, {}).get(edge.operation, edge.operation)
        changed = [edge._replace(operation=name) for name in self._names[cell.name] if name != operation]
        changed += [edge._replace(source=source) for source in sources if source not in held]
        return [self._with(architecture, number, new) for new in changed]

    def _with(self, architecture: Architecture, number: int, new: Edge) -> Architecture:
        edges = [*architecture.edges[:number], new, *architecture.edges[number + 1 :]]
        rows = {(c.name, node, source): k for c in self.cells for k, (node, source) in enumerate(c.edge_list())}
        cells = [c.name for c in self.cells]
        edges.sort(key=lambda e: (cells.index(e.cell), rows[e.cell, e.node, e.source]))
        return Architecture(tuple(edges), architecture.paths)

    def allows(self, architecture: Architecture) -> bool:
        """Whether an architecture keeps within the cells' `max_skips`."""
        for cell in self.cells:
            if cell.max_skips is not None:
                skips = {c.name for c in cell.candidates if c.skip}
                if sum(e.operation in skips for e in architecture.edges if e.cell == cell.name) > cell.max_skips:
                    return False
        return True
