"""Differences between two architectures; the order of terms and the names of candidates don't matter.

Where the networks are known, operations that are one once retrained don't matter either, and two texts that are one network
aren't different.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, zip_longest
from typing import Literal

from spikegraph.genotype.architecture import Architecture, CellGenotype
from spikegraph.genotype.candidates import definition
from spikegraph.ir.cellspec import CandidateSpec
from spikegraph.plugins.later import later
from spikegraph.plugins.targets import Shown


@dataclass(frozen=True, order=True)
class Kept:
    """A kept edge: `operation(source)`; without a source the branch of a choice on a wire."""

    source: str
    operation: str

    def __str__(self) -> str:
        """Format as in the language."""
        return f"{self.operation}({self.source})" if self.source else self.operation


@dataclass(frozen=True)
class EdgeChange:
    """A change of one edge of a node.

    Attributes:
        cell: Name of the cell.
        node: Node at which the edge ends.
        before: Edge of the first architecture; None if it has none.
        after: Edge of the second architecture; None if it has none.
    """

    cell: str
    node: str
    before: Kept | None
    after: Kept | None

    @property
    def kind(self) -> Literal["operation", "edge", "added", "removed"]:
        """The kind of change: another operation, another source, an added or a removed edge."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "operation" if self.before.source == self.after.source else "edge"


@dataclass(frozen=True)
class LevelChange:
    """A layer whose level differs; a level is None if the path has no such layer. Layers count from 0."""

    trellis: str
    layer: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class CandidateChange:
    """An operation of a cell whose definition or name differs.

    Attributes:
        cell: Name of the cell.
        kind: Kind of change; `renamed` keeps the definition and does not make a different network.
        before: Name in the first architecture; None if it lacks the operation.
        after: Name in the second architecture; None if it lacks the operation. Of an added one the name that its edges have in
            the comparison, where the first architecture has its name for another operation.
        definitions: Both definitions; "" if an architecture lacks the operation.
        own: The second architecture's name, if that isn't `after`.
    """

    cell: str
    kind: Literal["renamed", "redefined", "added", "removed"]
    before: str | None
    after: str | None
    definitions: tuple[str, str]
    own: str | None = None


@dataclass(frozen=True)
class Guess:
    """Operations whose names differ consistently in a cell; they may be equal, but their definitions are not known."""

    cell: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Difference(Shown):
    """The differences of two architectures.

    Attributes:
        a: The first architecture.
        b: The second architecture, with the first one's names of operations, also on the edges in `alike`.
        edges: Changed edges by cell and node.
        alike: Edges with another operation that is the same one in both retrained networks.
        levels: Changed levels by trellis and layer.
        candidates: Changed operations, if both definitions are known.
        guesses: Differences that may be only in names.
    """

    a: Architecture
    b: Architecture
    edges: tuple[EdgeChange, ...]
    levels: tuple[LevelChange, ...]
    candidates: tuple[CandidateChange, ...]
    guesses: tuple[Guess, ...]
    alike: tuple[EdgeChange, ...] = ()

    def __str__(self) -> str:
        """As `spikegraph diff` prints it."""
        return later("spikegraph.genotype.comparison_text:difference_text")(self)

    def __repr__(self) -> str:
        found = "different" if self.different else "one network" if self.same_network else "alike"
        return f"<Difference of {self.a.name} and {self.b.name}: {found}, {len(self.edges)} edges, {len(self.levels)} levels>"

    @property
    def same_network(self) -> bool | None:
        """Whether both are one network, up to the names of nodes and weights; None if a network isn't known."""
        return None if None in (self.a.network, self.b.network) else self.a.is_network_of(self.b)

    @property
    def different(self) -> bool:
        """True if the architectures are different networks."""
        if self.same_network:
            return False
        return bool(self.edges or self.levels or any(c.kind != "renamed" for c in self.candidates))

    @property
    def count(self) -> int:
        """The number of different choices: kept edges, by source and operation, and layers of paths; 0 for one network."""
        return 0 if self.same_network else len(self.edges) + len(self.levels)


def diff(a: Architecture, b: Architecture) -> Difference:
    """Compares two architectures."""
    candidates: list[CandidateChange] = []
    for cell in a.candidates:
        if cell in b.candidates:
            candidates += _candidates(cell, a.candidates[cell], b.candidates[cell])
    renamed = with_names_of(a, b)
    changed = [
        change
        for cell in merged(a.cells, b.cells)
        for change in _cell(cell, a.cells.get(cell, {}), renamed.cells.get(cell, {}))
    ]
    alike = tuple(change for change in changed if _one_operation(change, a, renamed))
    edges = tuple(change for change in changed if change not in alike)
    levels = tuple(
        LevelChange(trellis, layer, before, after)
        for trellis in merged(a.paths, b.paths)
        for layer, (before, after) in enumerate(zip_longest(a.paths.get(trellis, ()), b.paths.get(trellis, ())))
        if before != after
    )
    b = _named_alike(renamed, alike)
    return Difference(a, b, edges, levels, tuple(candidates), tuple(_guesses(a, b)), alike)


def _one_operation(change: EdgeChange, a: Architecture, b: Architecture) -> bool:
    """Whether both operations of an edge are one in each of the retrained networks."""
    if change.before is None or change.after is None or change.before.source != change.after.source:
        return False
    before, after = change.before.operation, change.after.operation
    return all(of.operation(change.cell, before) == of.operation(change.cell, after) for of in (a, b))


def _named_alike(b: Architecture, alike: Sequence[EdgeChange]) -> Architecture:
    """An architecture with the first one's operation on edges where both operations are one."""
    named = {(e.cell, e.node, e.before.source): e.before.operation for e in alike if e.before is not None}
    cells: dict[str, CellGenotype] = {
        cell: {n: {s: named.get((cell, n, s), o) for s, o in terms.items()} for n, terms in nodes.items()}
        for cell, nodes in b.cells.items()
    }
    return replace(b, cells=cells)


def with_names_of(a: Architecture, b: Architecture) -> Architecture:
    """Renames operations of `b` to the names that `a` has for equal definitions.

    An operation of `b` whose name is then the name of another one gets a free name, `c3_2` for `c3`.
    """
    names = {
        cell: _names(a.candidates.get(cell, {}), b.candidates.get(cell, {})) for cell in {**b.cells, **b.candidates, **b.same}
    }
    cells: dict[str, CellGenotype] = {
        cell: {n: {s: names[cell].get(o, o) for s, o in terms.items()} for n, terms in nodes.items()}
        for cell, nodes in b.cells.items()
    }
    candidates = {cell: {names[cell].get(o, o): c for o, c in of.items()} for cell, of in b.candidates.items()}
    same = {
        cell: {names[cell].get(o, o): names[cell].get(first, first) for o, first in of.items()} for cell, of in b.same.items()
    }
    return replace(b, cells=cells, candidates=candidates, same=same)


def merged(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    """The keys of `a`, then the other keys of `b`."""
    return [*a, *(k for k in b if k not in a)]


def _renamed(a: Mapping[str, CandidateSpec], b: Mapping[str, CandidateSpec]) -> dict[str, str]:
    """Maps names of `b` to names of `a` with equal definitions but different names."""
    free = {name: c.stages for name, c in a.items() if name not in b or b[name].stages != c.stages}
    found: dict[str, str] = {}
    for name, c in b.items():
        if name in a and a[name].stages == c.stages:
            continue
        match = next((old for old, stages in free.items() if stages == c.stages), None)
        if match is not None:
            found[name] = match
            del free[match]
    return found


def _names(a: Mapping[str, CandidateSpec], b: Mapping[str, CandidateSpec]) -> dict[str, str]:
    """Maps names of `b` to the names in a comparison with `a`."""
    names = _renamed(a, b)
    taken = [name for name in names.values() if name in b and name not in names]
    free = {name: next(n for i in count(2) if (n := f"{name}_{i}") not in a and n not in b) for name in taken}
    return {**names, **free}


def _candidates(cell: str, a: Mapping[str, CandidateSpec], b: Mapping[str, CandidateSpec]) -> Iterator[CandidateChange]:
    names, free = _renamed(a, b), _names(a, b)
    for new, old in names.items():
        yield CandidateChange(cell, "renamed", old, new, (definition(a[old]), definition(b[new])))
    before = [n for n in a if n not in names.values()]
    after = [n for n in b if n not in names]
    for name in before:
        if name not in after:
            yield CandidateChange(cell, "removed", name, None, (definition(a[name]), ""))
        elif a[name].stages != b[name].stages:
            yield CandidateChange(cell, "redefined", name, name, (definition(a[name]), definition(b[name])))
    for name in after:
        if name not in before:
            yield CandidateChange(
                cell, "added", None, free.get(name, name), ("", definition(b[name])), own=name if name in free else None
            )


def _cell(cell: str, a: CellGenotype, b: CellGenotype) -> Iterator[EdgeChange]:
    for node in merged(a, b):
        before, after = a.get(node, {}), b.get(node, {})
        for source in before:
            if source in after and before[source] != after[source]:
                yield EdgeChange(cell, node, Kept(source, before[source]), Kept(source, after[source]))
        gone = [Kept(s, o) for s, o in before.items() if s not in after]
        come = [Kept(s, o) for s, o in after.items() if s not in before]
        for old, new in zip_longest(gone, come):
            yield EdgeChange(cell, node, old, new)


def _guesses(a: Architecture, b: Architecture) -> Iterator[Guess]:
    """Cells with unknown definitions whose edges are equal except for consistently different names."""
    for cell, nodes in a.cells.items():
        other = b.cells.get(cell)
        if other is None or (cell in a.candidates and cell in b.candidates):
            continue
        if {n: set(t) for n, t in nodes.items()} != {n: set(t) for n, t in other.items()}:
            continue
        pairs = Counter((o, other[n][s]) for n, terms in nodes.items() for s, o in terms.items())
        one_to_one = len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})
        names = {x: y for x, y in sorted(pairs) if x != y}
        often = all(pairs[pair] > 1 for pair in names.items())  # one pair is not a pattern
        if one_to_one and names and often and not set(names) & set(names.values()):
            yield Guess(cell, names)
