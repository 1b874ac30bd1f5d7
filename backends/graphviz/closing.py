"""Closed units of a network as one box each: `e[0] … e[3]`, 4 × spikformer_encoder."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.boxes import ROLES, Box, Boxes, Wire, Wiring
from spikegraph.backends.graphviz.node_names import blocks_of, short
from spikegraph.backends.graphviz.ordering import in_order, on_cycles
from spikegraph.backends.graphviz.sequence_text import sequence_text
from spikegraph.backends.graphviz.units import Unit, Units
from spikegraph.dsl.shown import counted
from spikegraph.ir.graph import Graph
from spikegraph.ir.path import Path
from spikegraph.ir.types import Kind

Widest = Callable[[Sequence[Kind]], Kind]
"""Which of several kinds of values a wire is drawn as."""


def close(given: Boxes, graph: Graph, expand: Sequence[str], widest: Widest) -> Boxes:
    """The boxes of a graph's nodes with each unit that isn't opened as one box.

    Args:
        given: A box for each node.
        graph: The graph.
        expand: The names of what is opened.
        widest: Which of several kinds a wire is drawn as.

    Raises:
        NotThereError: A name in `expand` is unknown.
    """
    units = Units.of(graph)
    opened = units.opened(expand)
    while around := _loops(given, shown := units.shown(opened)):
        opened |= around
    closed = _Closed(given, graph, units, shown)
    result = Boxes(titles=dict(given.titles))
    for place in _order(given, shown):
        result.add(given.boxes[place] if isinstance(place, str) else closed.box(place))
    for wire in closed.wires(widest):
        result.connect(wire)
    return result


Place = Unit | str
"""A closed unit, or a node that is in none."""


def _contracted(given: Boxes, shown: Mapping[str, Unit | None]) -> dict[Place, set[Place]]:
    """Units and other nodes with those that take their values within a step."""
    graph: dict[Place, set[Place]] = {shown[key] or key: set() for key in given.boxes}
    for wire in given.wires:
        source, target = shown[wire.source] or wire.source, shown[wire.target] or wire.target
        if wire.role != "later" and source != target:
            graph[source].add(target)
    return graph


def _loops(given: Boxes, shown: Mapping[str, Unit | None]) -> set[Unit]:
    """Units that can't be closed, since what leaves one of them comes back: their statements first, else all."""
    units = {place for place in on_cycles(_contracted(given, shown)) if isinstance(place, Unit)}
    return {unit for unit in units if unit.kind == "statement"} or units


def _order(given: Boxes, shown: Mapping[str, Unit | None]) -> list[Place]:
    """Units and other nodes, each behind those that it takes values from, otherwise as the nodes are in order."""
    first: dict[Place, int] = {}
    for index, key in enumerate(given.boxes):
        first.setdefault(shown[key] or key, index)

    return in_order(_contracted(given, shown), first.__getitem__)


@dataclass(frozen=True)
class _Closed:
    """Boxes and wires of closed units."""

    given: Boxes
    graph: Graph
    units: Units
    shown: Mapping[str, Unit | None]

    def box(self, outer: Unit) -> Box:
        """The box of a closed unit."""
        unit, members = self.units.narrowest(outer), self.units.members[outer]
        boxes = [self.given.boxes[key] for key in members]
        roles = {box.role for box in boxes}
        name, description, count = self._text(unit, members)
        name = boxes[-1].name if boxes[-1].role == "output" and unit.kind == "statement" else name
        return Box(
            key=str(unit.path),
            name=name,
            description=description,
            shape=boxes[-1].shape,
            role=next(role for role in ROLES if role in roles),
            dense=_dense(boxes),
            group=blocks_of(unit.path.up()),
            tip=f"{unit.path}: {counted(len(members), 'layer')}",
            count=count,
            block=self.units.blocks[unit][0] if unit.kind == "use" else "",
            merge_key=None if unit.kind == "sequence" else self._contents(unit, boxes),
        )

    def _contents(self, unit: Unit, boxes: Sequence[Box]) -> object:
        """What is in a unit, by which equal ones in a row become one box; None with an input or an output."""
        if any(box.merge_key is None or box.role == "output" for box in boxes):
            return None
        inside = [(box.key.removeprefix(str(unit.path)), box.merge_key, box.dense) for box in boxes]
        return (self.units.blocks.get(unit, ("", ()))[0], inside)

    def _text(self, unit: Unit, members: Sequence[str]) -> tuple[str, str, int]:
        """The name of a unit, what it is, and how many it has of that."""
        if unit.kind == "use":
            block, layers = self.units.blocks[unit][0], counted(len(members), "layer")
            title = self.given.titles.get(str(unit.path), short(unit.path))
            name = title.split(", ")[0].partition(": ")[0]
            parts = [*([block] if unit.path.label != block else []), *title.split(", ")[1:], layers]
            return name, ", ".join(parts), 1
        parts = self._parts(unit, members)
        if unit.kind == "statement":
            return short(unit.path), sequence_text([self._part(part) for part in parts]), 1
        kinds = Counter(map(self._kind, parts))
        name = f"{short(_path(self.graph, parts[0]))} … {short(_path(self.graph, parts[-1]))}"
        if len(kinds) == 1:
            return name, next(iter(kinds)), len(parts)
        return name, ", ".join(f"{count} × {kind}" for kind, count in kinds.items()), 1

    def _parts(self, unit: Unit, members: Sequence[str]) -> list[Place]:
        """The units and nodes right inside a unit, in order."""
        return list(dict.fromkeys(self._inside(unit, key) for key in members))

    def _inside(self, unit: Unit, key: str) -> Place:
        around = self.units.around[key]
        inner = [u for u in around[around.index(unit) + 1 :] if self.units.members[u] != self.units.members[unit]]
        return inner[0] if inner else key

    def _part(self, place: Place) -> str:
        """A part of a statement as text."""
        if isinstance(place, str):
            return self._kind(place)
        unit = self.units.narrowest(place)
        _, description, count = self._text(unit, self.units.members[place])
        return self._kind(unit) if unit.kind == "use" else f"{count} × {description}" if count > 1 else description

    def _kind(self, place: Place) -> str:
        """What a node or a use is, without its parameters: `conv 3 × 3`, `cell normal`, `residual`."""
        if isinstance(place, str):
            return self.given.boxes[place].description.split(", ")[0]
        if place.kind == "use" and place in self.units.blocks:
            return self.units.blocks[place][0]
        return sequence_text([self._part(part) for part in self._parts(place, self.units.members[place])])

    def wires(self, widest: Widest) -> list[Wire]:
        """The wires between closed units and other nodes."""
        found: dict[tuple[str, str, Wiring], dict[Place, list[Wire]]] = {}
        keys = {unit: str(self.units.narrowest(unit).path) for unit in {*self.shown.values()} if unit is not None}
        names = {node: node if unit is None else keys[unit] for node, unit in self.shown.items()}
        for wire in self.given.wires:
            source, target = names[wire.source], names[wire.target]
            if source == target:
                continue
            entry, role = self._entry(wire), wire.role
            if role == "before" and isinstance(entry, Unit):
                role = "main"  # a chain has one operand
            found.setdefault((source, target, role), {}).setdefault(entry, []).append(wire)
        made: list[Wire] = []
        for (source, target, role), entries in found.items():
            arrows = [arrow for entry, wires in entries.items() for arrow in self._arrows(entry, wires, widest)]
            made += [Wire(source, target, kind, role, number) for number, kind in enumerate(arrows)]
        return made

    def _entry(self, wire: Wire) -> Place:
        """What a wire goes into, inside of what is closed: a block or chain, which has operands of its own, or a node."""
        closed, around = self.shown[wire.target], self.units.around[wire.target]
        if closed is None:
            return wire.target
        inside = around[around.index(closed) :]
        return next((u for u in inside if u.kind != "statement" and wire.source not in self.units.members[u]), wire.target)

    def _arrows(self, entry: Place, wires: Sequence[Wire], widest: Widest) -> list[Kind]:
        """The kinds of the arrows into an entry: one for each operand that is this source."""
        if isinstance(entry, str):
            return [wire.kind for wire in wires]
        if wires[0].role == "later":
            return [wires[0].kind]
        uses = [entry] if entry in self.units.blocks else [u for u in self.units.blocks if u.path.at("") == entry.path]
        operands = max((self._operands(use, wires) for use in uses), default=1)
        return [widest([wire.kind for wire in wires])] * max(1, min(operands, len(wires)))

    def _operands(self, use: Unit, wires: Sequence[Wire]) -> int:
        """How many operands of a use are the sources of these wires."""
        sources = {wire.source for wire in wires}
        return sum(operand in sources for operand in self.units.blocks[use][1])


def _path(graph: Graph, place: Place) -> Path:
    return place.path if isinstance(place, Unit) else graph.node(place).path


def _dense(boxes: Sequence[Box]) -> str:
    """Why one of some boxes isn't spike-based: what any of them multiplies."""
    kinds = dict.fromkeys(kind for box in boxes if box.dense for kind in box.dense.removeprefix("multiplies ").split(" and "))
    return f"multiplies {' and '.join(sorted(kinds))}" if kinds else ""
