"""The drawing of one cell: inputs, nodes, the edges with their operations, and the concatenation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from spikegraph.backends.graphviz.cell_layout import END, Link, place
from spikegraph.backends.graphviz.drawing import Canvas
from spikegraph.backends.graphviz.html_labels import font, label
from spikegraph.backends.graphviz.operation_label import Operation, label_size, put_label
from spikegraph.backends.graphviz.placement import Rectangle, line, put_text, text_width
from spikegraph.backends.graphviz.theme import Line, Look, Pattern, Theme, later
from spikegraph.ir.cellspec import CandidateSpec, carried_node
from spikegraph.ir.types import Kind

SPIKES = (Kind.SPIKE, Kind.COUNT)
"""Kinds of the values of nodes that fire."""


@dataclass(frozen=True)
class Edge:
    """An edge of a cell, with one operation or with several candidates.

    Attributes:
        source: The input or earlier node at the edge's start.
        node: The node at the edge's end.
        line: Style of the line.
        operations: The operations in the edge's label.
        kept: Draw a frame around the label.
        tied: Draw a dashed frame around it.
    """

    source: str
    node: str
    line: Line
    operations: tuple[Operation, ...]
    kept: bool = False
    tied: bool = False


@dataclass(frozen=True)
class CellView:
    """The contents of a cell's drawing.

    Attributes:
        name: The cell's name.
        inputs: Names of the inputs, in order.
        nodes: Names of the nodes, in order.
        edges: The edges, in any order.
        last: The output is the last node; otherwise it concatenates all.
        neuron: The model of the nodes' neurons, None without neurons.
        kind: The kind of the nodes' values.
        quiet: Draw the lines to the concatenation in grey, because other lines have the colours of spikes.
    """

    name: str
    inputs: tuple[str, ...]
    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    quiet: bool = False
    last: bool = False
    neuron: str | None = "lif"
    kind: Kind = Kind.SPIKE

    @property
    def carried(self) -> dict[str, str]:
        """The sources that are the values of nodes at the step before, with the nodes; the last node first."""
        found = {e.source: node for e in self.edges if (node := carried_node(e.source)) is not None}
        return dict(sorted(found.items(), key=lambda pair: -self.nodes.index(pair[1])))

    @property
    def sources(self) -> tuple[str, ...]:
        """The inputs, and after them the values of nodes at the step before."""
        return (*(name for name in self.inputs if name not in self.carried), *self.carried)


def frame_of(edge: Edge) -> Pattern | None:
    """The frame around an edge's label."""
    return "dashed" if edge.tied else "solid" if edge.kept else None


def concatenation(view: CellView, theme: Theme) -> Line:
    """The line from a node to the concatenation."""
    return Line(theme.muted, 1) if view.quiet else theme.wire(view.kind)


def draw_cell(part: Canvas, view: CellView, theme: Theme, *, top: float, title: bool) -> float:
    """Adds a cell below `top`, with its name above it if there is a `title`; returns the position of its lower end."""
    if title:
        size = Rectangle(0, top, text_width(view.name, theme.size, bold=True), theme.size * 1.4)
        put_text(part, f"{view.name}/", size, view.name, theme, small=False, bold=True)
        top += theme.size * 2.2
    edges = sorted(view.edges, key=lambda e: (view.nodes.index(e.node), _source(view, e.source)))
    sizes = [label_size(edge.operations, theme) for edge in edges]
    links = [Link(e.source, e.node, *size) for e, size in zip(edges, sizes, strict=True)]
    box = max(text_width(name, theme.size, bold=True) for name in (*view.sources, _output(view))) + theme.size * 0.7
    thin = theme.paper and all(edge.line.width < 2 for edge in edges)
    layout = place(view.sources, view.nodes, links, box, theme.size * (0.7 if thin else 1), view.carried)
    at = {name: _below(r, top) for name, r in layout.boxes.items()}
    for name, where in at.items():
        _put_box(part, view, name, where, theme)
    for edge, points, where in zip(edges, layout.lines, layout.labels, strict=True):
        names = " or ".join(o.name for o in edge.operations)
        tip = f"{names}: {edge.source} to {edge.node}"
        path = [(x, y + top) for x, y in points]
        part.link(_id(view, edge.source), _id(view, edge.node), **line(path, edge.line, theme), tooltip=tip)
        key = _id(view, f"{edge.source}-{edge.node}/{names}")
        put_label(part, key, _below(where, top), edge.operations, edge.line, theme, frame=frame_of(edge), tip=tip)
    for node, points in layout.ends.items():
        if view.last and node != view.nodes[-1]:
            continue
        path = [(x, y + top) for x, y in points]
        part.link(_id(view, node), _id(view, END), **line(path, concatenation(view, theme), theme))
    for (source, node), points in zip(view.carried.items(), layout.backs, strict=True):
        path = [(x, y + top) for x, y in points]
        part.link(
            _id(view, node), _id(view, source), **line(path, later(theme), theme), tooltip=f"{node} to the next time step"
        )
    return top + layout.height


def _source(view: CellView, source: str) -> int:
    return (*view.sources, *view.nodes).index(source)


def _below(r: Rectangle, top: float) -> Rectangle:
    return Rectangle(r.left, r.top + top, r.width, r.height)


def _put_box(part: Canvas, view: CellView, name: str, where: Rectangle, theme: Theme) -> None:
    """Adds an input, a node or the concatenation."""
    node = name in view.nodes
    attributes = {
        **where.attributes(),
        "label": _output(view) if name == END else label(font(name, theme.ink, bold=True)),
        "fillcolor": theme.cell if node else theme.panel,
        "color": theme.muted if view.quiet or not node else theme.spike,
        "penwidth": "1.3" if node else "1",
        "style": "filled" if name == END else "filled,rounded",
        "tooltip": _does(view, name) if node else "the cell's output" if name == END else name,
    }
    part.put(_id(view, name), **attributes)


def _does(view: CellView, node: str) -> str:
    """What a node does."""
    then = "" if view.neuron is None else ", then spikes" if view.kind in SPIKES else f", then {view.neuron} without spikes"
    return f"{node}: sum of its edges{then}"


def _output(view: CellView) -> str:
    """The text in the box of the cell's output."""
    return "output" if view.last else "concat"


def _id(view: CellView, name: str) -> str:
    return f"{view.name}/{name}"


def looks(names: Iterable[str], candidates: Sequence[CandidateSpec] = ()) -> dict[str, Look]:
    """How each operation is drawn: numbered in the order of the declaration, if known, and then of the alphabet.

    The identity and what gives nothing have looks of their own and use up no colour: by definition, if known, else by name.
    """
    known: dict[str, Look | None] = {c.name: "identity" if c.skip else "zero" if c.silent else None for c in candidates}
    every: dict[str, Look | None] = {**known, **{name: _NAMED.get(name) for name in sorted(set(names) - known.keys())}}
    found, colours = dict[str, Look](), count()
    for name, look in every.items():
        found[name] = next(colours) if look is None else look
    return found


_NAMED: dict[str, Look] = {"skip": "identity", "identity": "identity", "none": "zero", "zero": "zero"}
