"""Boxes and the wires between them: the contents of a network diagram, merged where equal, then drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import networkx as nx

from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html_labels import font, label, stacked
from spikegraph.backends.graphviz.legend import wrap
from spikegraph.backends.graphviz.theme import Line, Theme, number
from spikegraph.ir.types import Kind

SCREEN, PAPER = 240, 74
"""Widths in points at which the descriptions of boxes are wrapped."""

Role = Literal["input", "output", "weights", "cell", "plain"]
"""A box is an input, an output, an operation with weights, a cell or trellis, or an operation without weights."""

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
    merge_key: object = None


@dataclass(frozen=True)
class Wire:
    """A wire from one box to another."""

    source: str
    target: str
    kind: Kind
    role: Wiring = "main"


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

    def main(self) -> "nx.DiGraph[str]":
        """The boxes and the wires that carry values, as a graph."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.boxes)
        graph.add_edges_from((w.source, w.target) for w in self.wires if w.role not in ("size", "later"))
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
            result.add(replace(box, name=f"{box.name} … {last.name}", count=count))
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


def _encloses(graph: "nx.DiGraph[str]", chain: set[str]) -> bool:
    """True if a path leaves the chain and returns to it."""
    out = {v for u in chain for v in graph.successors(u)} - chain
    return any(nx.descendants(graph, v) & chain for v in out)  # pyright: ignore[reportUnknownMemberType]


def layered(theme: Theme) -> dict[str, str]:
    """The attributes of a graph that Graphviz lays out from top to bottom."""
    near = {"ranksep": "0.18", "nodesep": "0.1"} if theme.paper else {"ranksep": "0.3", "nodesep": "0.3"}
    return {"rankdir": "TB", "newrank": "true", "labelloc": "b", **near}


def draw_boxes(drawing: Drawing, boxes: Boxes, theme: Theme) -> None:
    """Adds the boxes, inside their frames, and the wires to a drawing."""
    _level(drawing, boxes, list(boxes.boxes.values()), (), theme)
    inputs = [box.key for box in boxes.boxes.values() if box.role == "input"]
    first = drawing.part("inputs", rank="same")
    for left, right in pairwise(inputs):
        first.link(left, right, style="invis")
    drawing.add(first)
    for wire in boxes.wires:
        drawing.link(wire.source, wire.target, **_wire(wire, theme))


def _level(canvas: Canvas, boxes: Boxes, here: Sequence[Box], at: tuple[str, ...], theme: Theme) -> None:
    """Adds the boxes in the frame `at`, and the frames inside it.

    A frame's title is in its lower left corner, or in its lower right one if the frame is alone or in the right half, because
    wires leave towards the middle.
    """
    inner: dict[str, list[Box]] = {}
    for box in here:
        if box.group == at:
            canvas.put(box.key, **_box(box, theme))
        else:
            inner.setdefault(box.group[len(at)], []).append(box)
    for index, (name, members) in enumerate(inner.items()):
        path = (*at, name)
        title = boxes.titles.get(name, name)
        side = "right" if 2 * index + 1 >= len(inner) else "left"
        lines = "".join(f'{font(s, theme.ink, theme.small, bold=True)}<BR ALIGN="{side.upper()}"/>' for s in title.split(", "))
        frame = {"style": "rounded", "color": theme.faint, "margin": number(theme.size), "tooltip": title}
        part = canvas.part(f"cluster {'/'.join(path)}", label=label(lines), labelloc="b", labeljust=side[0], **frame)
        _level(part, boxes, members, path, theme)
        canvas.add(part)


def _box(box: Box, theme: Theme) -> Mapping[str, str]:
    """The attributes of a box's node."""
    description = box.description if box.count == 1 else f"{box.count} × {box.description}"
    room = PAPER if theme.paper else SCREEN
    lines = [(part, theme.muted) for part in wrap(description, room, theme.small)]
    lines.append((box.shape, theme.ink))
    if box.dense:
        lines += [(part, theme.real) for part in wrap(box.dense, room, theme.small)]
    fill = {"weights": theme.panel, "cell": theme.cell}.get(box.role, theme.ground)
    attributes = {
        "label": stacked(box.name, lines, theme),
        "fillcolor": fill,
        "color": theme.real if box.dense else theme.muted,
        "penwidth": "2.2" if box.dense else "1",
        "margin": "0.05,0.03" if theme.paper else "0.11,0.06",
        "tooltip": box.tip or box.name,
        "group": "/".join(box.group) or "network",
    }
    if box.role in ("input", "output"):
        attributes |= {"shape": "box", "style": "filled", "penwidth": "1.6" if box.role == "output" else "1"}
        attributes |= {"peripheries": "2"} if box.role == "output" else {}
    if box.count > 1:
        attributes |= {"peripheries": "2"}
    return attributes


def later(theme: Theme) -> Line:
    """The line of a value that is carried to the next time step."""
    return Line(theme.muted, 1.2, "dashed")


def _wire(wire: Wire, theme: Theme) -> dict[str, str]:
    """The attributes of a wire's edge."""
    if wire.role == "size":
        return {"color": theme.faint, "style": "dotted", "penwidth": "1", "arrowhead": "none", "constraint": "false"}
    if wire.role == "later":
        return {**later(theme).attributes(theme.ground), "constraint": "false"}
    drawn = theme.wire(wire.kind).attributes(theme.ground)
    return {**drawn, "arrowhead": "onormal", "weight": "0"} if wire.role == "before" else {**drawn, "weight": "3"}
