"""Boxes and the wires between them: the contents of a network diagram, merged where equal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from spikegraph.backends.graphviz.ordering import reached
from spikegraph.ir.types import Kind

Role = Literal["input", "output", "weights", "cell", "plain", "reference"]
"""A box is an input, an output, an operation with weights, a cell or trellis, an operation without weights, or a letter at
which a value continues in another part of the diagram.
"""

ROLES: tuple[Role, ...] = ("output", "input", "cell", "weights", "plain")
"""By decreasing priority: a box that stands for several is drawn as the first of them."""

Wiring = Literal["main", "before", "later", "size"]
"""A wire carries a value, the output of the cell before the last (`prev2`), a value to the next time step, or only the size to
resize another value to.
"""


@dataclass(frozen=True)
class Box:
    """One box.

    Attributes:
        key: Unique identifier.
        name: Title, in bold.
        description: Short text below the name.
        shape: Shape of the result, as text.
        role: Determines the fill and the border.
        dense: Why the box isn't spike-based; "" if it is.
        group: Frames around the box, outermost first.
        tip: Tooltip.
        count: Number of equal boxes that this one stands for.
        block: The block that it is a use of, or each of them.
        merge_key: Consecutive boxes with equal keys may be merged; None is never merged.
    """

    key: str
    name: str
    description: str
    shape: str
    role: Role
    dense: str = ""
    group: tuple[str, ...] = ()
    tip: str = ""
    count: int = 1
    block: str = ""
    merge_key: object = None


@dataclass(frozen=True)
class Wire:
    """A wire from one box to another.

    Attributes:
        source: The box that it leaves.
        target: The box that it enters.
        kind: The kind of its values.
        role: What it carries.
        number: Which of several equal wires it is: a box that takes a value twice has two.
    """

    source: str
    target: str
    kind: Kind
    role: Wiring = "main"
    number: int = 0


@dataclass
class Boxes:
    """The contents of a diagram.

    Attributes:
        boxes: Boxes by key, in drawing order.
        wires: Wires without duplicates, in order.
        titles: Titles of frames, by the last part of a box's group.
    """

    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    wires: dict[Wire, None] = field(default_factory=dict[Wire, None])
    titles: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, box: Box) -> None:
        """Adds a box."""
        self.boxes[box.key] = box

    def connect(self, wire: Wire) -> None:
        """Adds a wire, unless it exists already or connects a box to itself."""
        if wire.source != wire.target:
            self.wires.setdefault(wire)

    def main(self) -> dict[str, set[str]]:
        """The boxes, each with those that take its values."""
        graph: dict[str, set[str]] = {key: set() for key in self.boxes}
        for wire in self.wires:
            if wire.role not in ("size", "later"):
                graph[wire.source].add(wire.target)
        return graph


def collapse(given: Boxes, least: int = 3) -> Boxes:
    """Merges each chain of at least `least` boxes with one merge key into a single box."""
    into: dict[str, str] = {}
    result = Boxes(titles=given.titles)
    chains = list(_chains(given, least))
    firsts = {chain[0]: chain for chain in chains}
    for chain in chains:
        into |= dict.fromkeys(chain, chain[0])
    for key, box in given.boxes.items():
        if key in firsts:
            last = given.boxes[firsts[key][-1]]
            count = len(firsts[key])
            shared = all(each.name.startswith(f"{box.block} (") for each in (box, last))  # uses of the same weights
            result.add(replace(box, name=box.block if shared else f"{box.name} … {last.name}", count=count))
        elif key not in into:
            result.add(box)
    for wire in given.wires:
        result.connect(replace(wire, source=into.get(wire.source, wire.source), target=into.get(wire.target, wire.target)))
    return result


def _chains(given: Boxes, least: int) -> Iterable[list[str]]:
    """Chains of boxes with one merge key, each the main successor of the one before, whose merging creates no cycle."""
    graph = given.main()
    follows: dict[str, str] = {}
    for w in given.wires:
        if w.role == "main" and _alike(given, w.source, w.target):
            follows.setdefault(w.source, w.target)  # only the first; later ones use it as `prev2`
    starts = [key for key in given.boxes if key in follows and key not in follows.values()]
    for start in starts:
        chain = [start]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        if len(chain) >= least and not _encloses(graph, set(chain)):
            yield chain


def _alike(given: Boxes, a: str, b: str) -> bool:
    first, second = given.boxes[a], given.boxes[b]
    return first.merge_key is not None and first.merge_key == second.merge_key and first.group == second.group


def _encloses(graph: Mapping[str, Collection[str]], chain: set[str]) -> bool:
    """True if a path leaves the chain and returns to it."""
    out = {v for u in chain for v in graph[u]} - chain
    return any(reached(graph, v) & chain for v in out)


def depths(boxes: Boxes, keys: Sequence[str]) -> list[int]:
    """By box in order the number of ranks down to it, among these boxes."""
    before: dict[str, list[str]] = {}
    for wire in boxes.wires:
        if wire.role not in ("size", "later"):
            before.setdefault(wire.target, []).append(wire.source)
    depth: dict[str, int] = {}
    for key in keys:
        depth[key] = 1 + max((depth.get(source, 0) for source in before.get(key, ())), default=0)
    return list(depth.values())
