"""The parts of a network that a diagram shows as one box until they are opened: statements, repetitions, chains, blocks."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from spikegraph.backends.graphviz.node_names import bare
from spikegraph.base.errors import NotThereError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.ir.graph import Graph
from spikegraph.ir.path import Path

ALL = "all"
"""The name that opens everything."""

UnitKind = Literal["statement", "sequence", "use"]
"""What `s1 = x -> conv -> norm -> lif` adds, a repetition or a chain, or one use of a block and one cell of a chain."""


@dataclass(frozen=True, eq=False)
class Unit:
    """A part of a network. The units of a graph are made once each, so that equal ones are the same.

    Attributes:
        path: Where it is; the paths of a statement, of a sequence in it and of the nodes at their ends can be the same.
        kind: What it is.
    """

    path: Path
    kind: UnitKind

    @cached_property
    def bare(self) -> str:
        """The path without uses and indices."""
        return bare(self.path)


class _Around:
    """The units around the nodes of one graph."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, UnitKind], Unit] = {}
        self._known: dict[str, tuple[Unit, ...]] = {}

    def of(self, path: Path) -> tuple[Unit, ...]:
        """The units that a node may be in, outermost first."""
        text, found, known = "", list[Unit](), self._known
        for i, step in enumerate(path.steps, 1):
            text += f".{step.text}:{step.block}"
            if text not in known:
                known[text] = tuple(self._at(Path(path.steps[:i])))
            found += known[text]
        return tuple(found)

    def _at(self, here: Path) -> Iterator[Unit]:
        """The units that a step may be."""
        step = here.steps[-1]
        if step.index:
            whole = here.used("").at("")
            yield self._unit(whole, "statement")
            yield self._unit(whole, "sequence")
            yield self._unit(here, "use")
        elif step.use:
            yield self._unit(here, "use")
        else:
            yield self._unit(here, "statement")
            if step.block:
                yield self._unit(here, "use")

    def _unit(self, path: Path, kind: UnitKind) -> Unit:
        return self._made.setdefault((str(path), kind), Unit(path, kind))


@dataclass(frozen=True)
class Units:
    """The units of a graph.

    Attributes:
        around: By node the units around it that have more than one node, outermost first.
        members: The nodes of each of these units, in order.
        blocks: The block of each use, and the operands of the use.
    """

    around: Mapping[str, Sequence[Unit]]
    members: Mapping[Unit, Sequence[str]]
    blocks: Mapping[Unit, tuple[str, Sequence[str]]]

    @classmethod
    def of(cls, graph: Graph) -> "Units":
        """The units of the nodes of a graph."""
        members: dict[Unit, list[str]] = {}
        blocks: dict[Unit, tuple[str, Sequence[str]]] = {}
        around = _Around()
        units = {node.name: around.of(node.path) for node in graph}
        for node in graph:
            for unit in units[node.name]:
                members.setdefault(unit, []).append(node.name)
                step = node.path.steps[len(unit.path.steps) - 1]
                if unit.kind == "use" and step.block:
                    blocks.setdefault(unit, (step.block, [operand for _, operand in step.operands]))
        several = {u: found for u, found in members.items() if len(found) > 1}
        return cls({name: [u for u in each if u in several] for name, each in units.items()}, several, blocks)

    @property
    def names(self) -> list[str]:
        """Names that `expand` takes: of blocks, and of statements, repetitions and chains."""
        blocks = [block for block, _ in self.blocks.values()]
        return list(dict.fromkeys([*blocks, *(unit.path.weights for unit in self.members)]))

    def opened(self, expand: Sequence[str]) -> set[Unit]:
        """The units that the names in `expand` open, with those around them.

        A name is that of a statement, a block's use, a repetition, a chain, a node, or of a block as the spec declares it;
        indices and `@` suffixes can be left out.

        Raises:
            NotThereError: A name is unknown.
        """
        if ALL in expand:
            return set(self.members)
        found: set[Unit] = set()
        for name in expand:
            units = {u for u in self.members if name in self._names(u)}
            nodes = {n for n in self.around if name == n}
            if not units and not nodes:
                raise NotThereError(f"the network has nothing called `{name}` to expand", self._help(name))
            found |= units | {u for n in nodes for u in self.around[n]}
            found |= {u for around in self.around.values() for u in _before(around, units)}
        return found

    def shown(self, opened: Collection[Unit]) -> dict[str, Unit | None]:
        """By node the outermost unit around it that isn't opened; None if all are."""
        return {node: next((u for u in around if u not in opened), None) for node, around in self.around.items()}

    def narrowest(self, unit: Unit) -> Unit:
        """Of the units at its place that have the same nodes the innermost: the block of `k = x -> classify`."""
        count = len(self.members[unit])
        same = [u for u in self.around[self.members[unit][0]] if u.bare == unit.bare and len(self.members[u]) == count]
        return same[-1] if same else unit

    def _names(self, unit: Unit) -> set[str]:
        block, _ = self.blocks.get(unit, ("", ()))
        last = unit.path.steps[-1]
        whole = {str(unit.path.at("")), unit.path.used("").at("").weights} if last.index and last.block else set[str]()
        return {str(unit.path), unit.path.weights, unit.bare, *whole, *([block] if block else [])}

    def _help(self, name: str) -> str:
        names = dict.fromkeys(unit.path.weights for unit in self.members)
        return did_you_mean(name, [*self.names, *self.around, ALL]) or (
            f"choose from {listed([*names])}, or {ALL}" if names else "it has no blocks, chains or repetitions"
        )


def _before(around: Sequence[Unit], units: Collection[Unit]) -> Iterable[Unit]:
    """The units around some units."""
    last = max((i for i, u in enumerate(around) if u in units), default=-1)
    return around[: last + 1]
