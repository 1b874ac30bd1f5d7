"""Agreement of several architectures, such as those of several seeds."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

from spikegraph.genotype.architecture import Architecture, CellGenotype, Margins
from spikegraph.genotype.diff import Kept, diff, with_names_of
from spikegraph.plugins.later import later
from spikegraph.plugins.targets import Shown


@dataclass(frozen=True)
class Votes:
    """The architectures that have an edge with an operation.

    Attributes:
        cell: Name of the cell.
        node: Node at which the edge ends.
        kept: Source and operation.
        of: Indices of the architectures, from 0.
        count: The number of architectures.
        tied: Whether only its place decides between it and another: as many have the other one, and both can't be kept.
    """

    cell: str
    node: str
    kept: Kept
    of: tuple[int, ...]
    count: int
    tied: bool = False

    @property
    def majority(self) -> bool:
        """Whether more than half of the architectures have it; one of two or of three isn't a majority."""
        return 2 * len(self.of) > self.count


@dataclass(frozen=True)
class LevelVotes:
    """The architectures, of `count`, whose path is at a level after a layer; layers and levels count from 0.

    It is `tied` if as many are at another level, and none is more frequent.
    """

    trellis: str
    layer: int
    level: int
    of: tuple[int, ...]
    count: int
    tied: bool = False

    @property
    def majority(self) -> bool:
        """Whether more than half of the architectures are there."""
        return 2 * len(self.of) > self.count


@dataclass(frozen=True)
class Agreement(Shown):
    """The comparison of several architectures.

    Attributes:
        architectures: The architectures, with the first one's names of operations; of operations that are one in every
            retrained network the first one's, and of architectures that are one network the first one's choices.
        votes: Edges by cell, node and descending number of architectures.
        levels: Levels by trellis, layer and descending number of architectures.
        consensus: The architecture with the most frequent choices.
        choices: Number of choices: kept edges and layers of paths.
    """

    architectures: tuple[Architecture, ...]
    votes: tuple[Votes, ...]
    levels: tuple[LevelVotes, ...]
    consensus: Architecture
    choices: int

    def __str__(self) -> str:
        """As `spikegraph diff` prints it."""
        return later("spikegraph.genotype.comparison_text:agreement_text")(self)

    def __repr__(self) -> str:
        return f"<Agreement of {len(self.architectures)} architectures in {self.choices} choices>"

    @cached_property
    def distances(self) -> tuple[tuple[int, ...], ...]:
        """Numbers of different choices, [architectures, architectures]."""
        return tuple(tuple(distance(a, b) for b in self.architectures) for a in self.architectures)

    @property
    def different(self) -> bool:
        """True if any two of them are different networks."""
        first, *others = self.architectures
        return any(diff(first, other).different for other in others)


def agree(architectures: Sequence[Architecture]) -> Agreement:
    """Compares at least two architectures.

    Raises:
        ValueError: There are fewer than two.
    """
    if len(architectures) < 2:
        raise ValueError(f"a comparison needs at least two architectures, not {len(architectures)}")
    named = _with_one_name(architectures[0], *(with_names_of(architectures[0], a) for a in architectures[1:]))
    all_ = tuple(_as_first(a, named[:number]) for number, a in enumerate(named))
    return Agreement(all_, tuple(_votes(all_)), tuple(_levels(all_)), consensus(all_), max(map(_choices, all_)))


def _with_one_name(*architectures: Architecture) -> tuple[Architecture, ...]:
    """The architectures with one name for operations that are one in every retrained network."""

    def renamed(a: Architecture) -> Architecture:
        cells: dict[str, CellGenotype] = {
            cell: {n: {s: name(cell, o) for s, o in terms.items()} for n, terms in nodes.items()}
            for cell, nodes in a.cells.items()
        }
        return replace(a, cells=cells)

    def name(cell: str, operation: str) -> str:
        first, *others = {a.operation(cell, operation) for a in architectures}
        return operation if others else first

    return tuple(map(renamed, architectures))


def _as_first(a: Architecture, before: Sequence[Architecture]) -> Architecture:
    """An architecture with the choices of the first one before it that is the same network."""
    first = next((other for other in before if a.is_network_of(other)), a)
    same = (first.cells, first.paths) == (a.cells, a.paths)
    return a if same else replace(a, cells=first.cells, paths=first.paths, margins=Margins())


def distance(a: Architecture, b: Architecture) -> int:
    """The number of different choices: kept edges, by source and operation, and layers of paths; 0 for one network."""
    return diff(a, b).count


def consensus(architectures: Sequence[Architecture]) -> Architecture:
    """The architecture with the most frequent choices.

    It has the most frequent edges of each node, the most frequent operation of each edge, and the valid path with the most
    votes. A node keeps the most frequent number of edges. Ties go to the earlier architecture and to the lower level: what only
    breaks a tie is no majority, which `Votes.majority` tells.
    """
    cells: dict[str, CellGenotype] = {}
    for cell in _names(a.cells for a in architectures):
        nodes = _names(a.cells.get(cell, {}) for a in architectures)
        having = [a.cells[cell] for a in architectures if cell in a.cells]
        cells[cell] = {node: _node([nodes.get(node, {}) for nodes in having]) for node in nodes}
    paths = {
        trellis: _path([a.paths[trellis] for a in architectures if trellis in a.paths])
        for trellis in _names(a.paths for a in architectures)
    }
    return Architecture("consensus", cells, paths, architectures[0].candidates)


def _names(tables: Iterable[Mapping[str, object]]) -> list[str]:
    """The keys of all tables in the order of their first appearance."""
    return list(dict.fromkeys(name for table in tables for name in table))


def _kept_edges(nodes: Sequence[Mapping[str, str]]) -> int:
    """The most frequent number of edges of a node."""
    return Counter(len(terms) for terms in nodes).most_common(1)[0][0]


def _node(nodes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The edges of a node with the most votes, in the order in which they first appear."""
    keep = _kept_edges(nodes)
    sources = Counter(source for terms in nodes for source in terms)
    kept = {source for source, _ in sources.most_common(keep)}  # equal counts keep their order of appearance
    operations = {s: Counter(terms[s] for terms in nodes if s in terms).most_common(1)[0][0] for s in kept}
    return {source: operations[source] for source in sources if source in kept}


def _path(paths: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The path with the most votes whose level changes by at most one per layer, by dynamic programming."""
    layers = Counter(len(path) for path in paths).most_common(1)[0][0]
    levels = max((level for path in paths for level in path), default=0) + 1
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for layer in range(layers):
        votes = Counter(path[layer] for path in paths if layer < len(path))
        reached: dict[int, tuple[int, tuple[int, ...]]] = {}
        for level in range(levels):
            before = [best[k] for k in (level - 1, level, level + 1) if k in best]
            if before:
                count, path = max(before, key=lambda b: b[0])  # the first of equal counts: the lower level
                reached[level] = (count + votes[level], (*path, level))
        best = reached
    return max(best.values(), key=lambda b: b[0])[1]


def _votes(architectures: Sequence[Architecture]) -> Iterable[Votes]:
    for cell in _names(a.cells for a in architectures):
        for node in _names(a.cells.get(cell, {}) for a in architectures):
            found: dict[Kept, list[int]] = {}
            for number, a in enumerate(architectures):
                for source, operation in a.cells.get(cell, {}).get(node, {}).items():
                    found.setdefault(Kept(source, operation), []).append(number)
            tied = _tied([a.cells.get(cell, {}).get(node, {}) for a in architectures if cell in a.cells])
            for kept, of in sorted(found.items(), key=lambda item: (-len(item[1]), item[1])):
                yield Votes(cell, node, kept, tuple(of), len(architectures), kept in tied)


def _tied(nodes: Sequence[Mapping[str, str]]) -> set[Kept]:
    """The edges of a node of which a consensus keeps only some, although as many have the others."""
    count = _kept_edges(nodes)
    sources = Counter(source for terms in nodes for source in terms)
    least = sorted(sources.values(), reverse=True)[count - 1] if count else max(sources.values(), default=0) + 1
    able = {source for source, votes in sources.items() if votes >= least}
    last = {source for source in able if sources[source] == least} if len(able) > count else set[str]()
    found: set[Kept] = set()
    for source in able:
        operations = Counter(terms[source] for terms in nodes if source in terms)
        best = [o for o, votes in operations.items() if votes == max(operations.values())]
        found |= {Kept(source, o) for o in best if len(best) > 1 or source in last}
    return found


def _levels(architectures: Sequence[Architecture]) -> Iterable[LevelVotes]:
    for trellis in _names(a.paths for a in architectures):
        columns = zip_longest(*(a.paths.get(trellis, ()) for a in architectures))
        for layer, column in enumerate(columns):
            counts = Counter(level for level in column if level is not None)
            for level, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                of = tuple(i for i, at in enumerate(column) if at == level)
                best = [at for at in counts if counts[at] == max(counts.values())]
                yield LevelVotes(trellis, layer, level, of, len(architectures), len(best) > 1 and level in best)


def _choices(a: Architecture) -> int:
    edges = sum(len(terms) for nodes in a.cells.values() for terms in nodes.values())
    return edges + sum(map(len, a.paths.values()))
