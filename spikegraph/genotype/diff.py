"""Differences of two architectures by meaning: neither the order of terms nor the names of candidates matter."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from spikegraph.genotype.architecture import Architecture, CellGenotype
from spikegraph.genotype.candidates import definition
from spikegraph.ir.cellspec import CandidateSpec
from spikegraph.targets import Shown


@dataclass(frozen=True, order=True)
class Kept:
    """A kept edge: `operation(source)`."""

    source: str
    operation: str

    def __str__(self) -> str:
        """As the language writes it."""
        return f"{self.operation}({self.source})"


@dataclass(frozen=True)
class EdgeChange:
    """What changed at one place of a node.

    Attributes:
        cell: The cell.
        node: The node that the edge ends in.
        before: The edge of the first architecture; None where it has none.
        after: The edge of the second; None where it has none.
    """

    cell: str
    node: str
    before: Kept | None
    after: Kept | None

    @property
    def kind(self) -> Literal["operation", "edge", "added", "removed"]:
        """Whether the operation, the edge itself, or their number changed."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "operation" if self.before.source == self.after.source else "edge"


@dataclass(frozen=True)
class LevelChange:
    """A layer whose level differs; None where a path has no such layer. Layers count from 0, as in the language."""

    trellis: str
    layer: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class CandidateChange:
    """An operation of a cell that isn't the same in both, or has another name.

    Attributes:
        cell: The cell.
        kind: `renamed` has the same definition; it is no difference.
        before: Its name in the first; None where it isn't there.
        after: Its name in the second; None where it isn't there.
        definitions: Of both, "" where it isn't there.
    """

    cell: str
    kind: Literal["renamed", "redefined", "added", "removed"]
    before: str | None
    after: str | None
    definitions: tuple[str, str]


@dataclass(frozen=True)
class Guess:
    """Operations whose names differ throughout a cell; without definitions, they may be the same."""

    cell: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Difference(Shown):
    """Two architectures and what differs.

    Attributes:
        a: The first.
        b: The second, with its operations called as in the first.
        edges: By cell and node.
        levels: By trellis and layer.
        candidates: Their definitions, where both are known.
        guesses: Differences that may be names only.
    """

    a: Architecture
    b: Architecture
    edges: tuple[EdgeChange, ...]
    levels: tuple[LevelChange, ...]
    candidates: tuple[CandidateChange, ...]
    guesses: tuple[Guess, ...]

    @property
    def different(self) -> bool:
        """Whether they mean different networks."""
        return bool(self.edges or self.levels or any(c.kind != "renamed" for c in self.candidates))


def diff(a: Architecture, b: Architecture) -> Difference:
    """What differs between `a` and `b`."""
    candidates: list[CandidateChange] = []
    for cell in a.candidates:
        if cell in b.candidates:
            candidates += _candidates(cell, a.candidates[cell], b.candidates[cell])
    renamed = called_as_in(a, b)
    edges = tuple(
        change
        for cell in merged(a.cells, b.cells)
        for change in _cell(cell, a.cells.get(cell, {}), renamed.cells.get(cell, {}))
    )
    levels = tuple(
        LevelChange(trellis, layer, before, after)
        for trellis in merged(a.paths, b.paths)
        for layer, (before, after) in enumerate(zip_longest(a.paths.get(trellis, ()), b.paths.get(trellis, ())))
        if before != after
    )
    return Difference(a, renamed, edges, levels, tuple(candidates), tuple(_guesses(a, renamed)))


def called_as_in(a: Architecture, b: Architecture) -> Architecture:
    """`b` with the names that `a` has for operations of the same definition.

    An operation of `b` whose name then means another one is marked with a prime.
    """
    names = {cell: _names(a.candidates.get(cell, {}), b.candidates.get(cell, {})) for cell in merged(b.cells, b.candidates)}
    cells: dict[str, CellGenotype] = {
        cell: {n: {s: names[cell].get(o, o) for s, o in terms.items()} for n, terms in nodes.items()}
        for cell, nodes in b.cells.items()
    }
    candidates = {cell: {names[cell].get(o, o): c for o, c in of.items()} for cell, of in b.candidates.items()}
    return Architecture(b.name, cells, b.paths, candidates, b.sure)


def merged(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    """The keys of both, those of the first first."""
    return [*a, *(k for k in b if k not in a)]


def _renamed(a: Mapping[str, CandidateSpec], b: Mapping[str, CandidateSpec]) -> dict[str, str]:
    """From names of `b` to names of `a`, where the definitions are the same and the names differ."""
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
    """From names of `b` to how they are shown beside `a`."""
    names = _renamed(a, b)
    taken = {name for name in names.values() if name in b and name not in names}
    return {**names, **{name: f"{name}′" for name in taken}}


def _candidates(cell: str, a: Mapping[str, CandidateSpec], b: Mapping[str, CandidateSpec]) -> Iterator[CandidateChange]:
    names = _renamed(a, b)
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
            yield CandidateChange(cell, "added", None, name, ("", definition(b[name])))


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
    """Cells whose edges are the same but for a consistent change of names, where definitions could not tell."""
    for cell, nodes in a.cells.items():
        other = b.cells.get(cell)
        if other is None or (cell in a.candidates and cell in b.candidates):
            continue
        if {n: set(t) for n, t in nodes.items()} != {n: set(t) for n, t in other.items()}:
            continue
        pairs = Counter((o, other[n][s]) for n, terms in nodes.items() for s, o in terms.items())
        one_to_one = len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})
        names = {x: y for x, y in sorted(pairs) if x != y}
        often = all(pairs[pair] > 1 for pair in names.items())  # once is no pattern
        if one_to_one and names and often and not set(names) & set(names.values()):
            yield Guess(cell, names)
