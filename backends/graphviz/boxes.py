"""Boxes and the wires between them: what a diagram of a network shows, before it is drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import networkx as nx

from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html import font, label, stacked
from spikegraph.backends.graphviz.theme import Theme
from spikegraph.ir.types import Kind

Role = Literal["input", "output", "weights", "cell", "plain"]
"""What a box is: a place where values come in or out, something with weights, cells, or something without weights."""

Wiring = Literal["main", "before", "size"]
"""What a wire brings: the value, the output of the cell before the last, or only the size that another is brought to."""


@dataclass(frozen=True)
class Box:
    """One box.

    Attributes:
        key: Unique.
        name: In bold.
        words: What it is.
        shape: Of its result.
        role: How it is filled.
        dense: Why it isn't spike-based, or "".
        group: The frames that it stands in, from the outside.
        tip: Shown by viewers that know tooltips.
        count: How many equal boxes it stands for.
        likeness: Boxes in a row with equal likenesses may become one; None never does.
    """

    key: str
    name: str
    words: str
    shape: str
    role: Role
    dense: str = ""
    group: tuple[str, ...] = ()
    tip: str = ""
    count: int = 1
    likeness: object = None


@dataclass(frozen=True)
class Wire:
    """A wire from one box to another."""

    source: str
    target: str
    kind: Kind
    role: Wiring = "main"


@dataclass
class Boxes:
    """A diagram's contents.

    Attributes:
        boxes: By key, in order.
        wires: Each once.
        titles: Of the frames, by the last part of a box's group.
    """

    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    wires: dict[Wire, None] = field(default_factory=dict[Wire, None])
    titles: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, box: Box) -> None:
        """Adds a box."""
        self.boxes[box.key] = box

    def connect(self, wire: Wire) -> None:
        """Adds a wire, unless it is there or leads back to its own box."""
        if wire.source != wire.target:
            self.wires.setdefault(wire)

    def main(self) -> "nx.DiGraph[str]":
        """Boxes and the wires that bring values."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.boxes)
        graph.add_edges_from((w.source, w.target) for w in self.wires if w.role != "size")
        return graph


def collapse(given: Boxes, least: int = 3) -> Boxes:
    """The same with each row of at least `least` boxes of one likeness as a single box."""
    into: dict[str, str] = {}
    result = Boxes(titles=given.titles)
    runs = list(_runs(given, least))
    firsts = {run[0]: run for run in runs}
    for run in runs:
        into |= dict.fromkeys(run, run[0])
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


def _runs(given: Boxes, least: int) -> Iterable[list[str]]:
    """Rows of boxes of one likeness, each the main successor of the one before, that may become one without a cycle."""
    graph = given.main()
    follows: dict[str, str] = {}
    for w in given.wires:
        if w.role == "main" and _alike(given, w.source, w.target):
            follows.setdefault(w.source, w.target)  # the first: what comes later takes it as the cell before the last
    starts = [key for key in given.boxes if key in follows and key not in follows.values()]
    for start in starts:
        run = [start]
        while run[-1] in follows:
            run.append(follows[run[-1]])
        if len(run) >= least and not _encloses(graph, set(run)):
            yield run


def _alike(given: Boxes, a: str, b: str) -> bool:
    first, second = given.boxes[a], given.boxes[b]
    return first.likeness is not None and first.likeness == second.likeness and first.group == second.group


def _encloses(graph: "nx.DiGraph[str]", run: set[str]) -> bool:
    """Whether a way leads out of the run and back into it."""
    out = {v for u in run for v in graph.successors(u)} - run
    return any(nx.descendants(graph, v) & run for v in out)


def draw_boxes(drawing: Drawing, boxes: Boxes, theme: Theme) -> None:
    """Adds boxes in their frames, and wires."""
    for above, below in _level(drawing, boxes, list(boxes.boxes.values()), (), theme):
        drawing.link(above, below, style="invis", weight="0")
    for wire in boxes.wires:
        drawing.link(wire.source, wire.target, **_wire(wire, theme))


def _level(canvas: Canvas, boxes: Boxes, here: Sequence[Box], at: tuple[str, ...], theme: Theme) -> list[tuple[str, str]]:
    """Adds the boxes in the frame `at`, and the frames inside it; returns what stands above what.

    A node that is mentioned in a frame would be in it, so that these pairs are for the whole diagram to add.
    """
    order: list[tuple[str, str]] = []
    inner: dict[str, list[Box]] = {}
    for box in here:
        if box.group == at:
            canvas.put(box.key, **_box(box, theme))
        else:
            inner.setdefault(box.group[len(at)], []).append(box)
    for name, members in inner.items():
        path = (*at, name)
        title = boxes.titles.get(name, name)
        part = canvas.part(f"cluster {'/'.join(path)}", style="rounded", color=theme.faint, margin="10", tooltip=title)
        heading = _title(part, "/".join(path), title, theme)
        above = [f"title {'/'.join(at)}"] if at else []
        order += [(key, heading) for key in (*above, *_outside(boxes, members))]
        order += [(heading, key) for key in _first(boxes, members)]
        order += _level(part, boxes, members, path, theme)
        canvas.hold(part)
    return order


def _title(part: Canvas, key: str, title: str, theme: Theme) -> str:
    """A frame's title as a node above its first boxes, so that no wire into the frame crosses it; its name."""
    name = f"title {key}"
    part.put(name, label=label(font(title, theme.ink, bold=True)), shape="plain", style="", tooltip=title)
    return name


def _outside(boxes: Boxes, members: Sequence[Box]) -> list[str]:
    """The boxes outside a frame that lead into it; they stand above its title."""
    keys = {box.key for box in members}
    return list(dict.fromkeys(w.source for w in boxes.wires if w.target in keys and w.source not in keys and w.role != "size"))


def _first(boxes: Boxes, members: Sequence[Box]) -> list[str]:
    """The boxes of a frame into which none of its other boxes leads."""
    keys = {box.key for box in members}
    behind = {w.target for w in boxes.wires if w.source in keys and w.role != "size"}
    return [box.key for box in members if box.key not in behind]


def _box(box: Box, theme: Theme) -> Mapping[str, str]:
    """The attributes of a box's node."""
    words = box.words if box.count == 1 else f"{box.count} × {box.words}"
    lines = [(words, theme.muted), (box.shape, theme.ink)]
    if box.dense:
        lines.append((box.dense, theme.real))
    fill = {"weights": theme.panel, "cell": theme.cell}.get(box.role, theme.ground)
    attributes = {
        "label": stacked(box.name, lines, theme),
        "fillcolor": fill,
        "color": theme.real if box.dense else theme.muted,
        "penwidth": "2.2" if box.dense else "1",
        "margin": "0.11,0.06",
        "tooltip": box.tip or box.name,
        "group": "/".join(box.group) or "network",
    }
    if box.role in ("input", "output"):
        attributes |= {"shape": "box", "style": "filled", "penwidth": "1.6" if box.role == "output" else "1"}
        attributes |= {"peripheries": "2"} if box.role == "output" else {}
    if box.count > 1:
        attributes |= {"peripheries": "2"}
    return attributes


def _wire(wire: Wire, theme: Theme) -> dict[str, str]:
    """The attributes of a wire's edge."""
    if wire.role == "size":
        return {"color": theme.faint, "style": "dotted", "penwidth": "1", "arrowhead": "none", "constraint": "false"}
    drawn = theme.wire(wire.kind).attributes(theme.ground)
    return {**drawn, "arrowhead": "onormal", "weight": "0"} if wire.role == "before" else {**drawn, "weight": "3"}
