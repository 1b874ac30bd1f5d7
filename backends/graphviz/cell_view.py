"""The drawing of one cell: inputs, nodes, the operations on its edges, and the concatenation.

An operation is a small named box on its edge, so that it is clear which line a label describes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html_labels import font, label, table
from spikegraph.backends.graphviz.theme import SMALL, Line, Theme
from spikegraph.ir.cellspec import CandidateSpec
from spikegraph.ir.types import Kind

INPUTS = "/inputs"
"""The node that has all inputs of a cell as ports. The slash avoids a clash with a name in the cell."""

A_FEW = 2
"""Largest number of operations per node with which the inputs are ports."""


@dataclass(frozen=True)
class Operation:
    """An operation on an edge.

    Attributes:
        name: The candidate's name.
        node: The node at the edge's end.
        source: The input or earlier node at the edge's start.
        text: Text in the box.
        line: Style of the edge and the border.
        fill: Fill colour of the box.
        ink: Colour of the text.
        kept: Draw a frame, because decoding keeps this operation.
    """

    name: str
    node: str
    source: str
    text: str
    line: Line
    fill: str
    ink: str
    kept: bool = False

    @property
    def tip(self) -> str:
        """The tooltip."""
        return f"{self.name}: {self.source} to {self.node}"


@dataclass(frozen=True)
class CellView:
    """The contents of a cell's drawing.

    Attributes:
        name: The cell's name.
        inputs: Names of the inputs, in order.
        nodes: Names of the nodes, in order.
        operations: The operations on the edges.
    """

    name: str
    inputs: tuple[str, ...]
    nodes: tuple[str, ...]
    operations: tuple[Operation, ...]

    @property
    def ports(self) -> bool:
        """True if the inputs are ports of one node, which keeps their order; with many edges, ports would be unreadable."""
        return len(self.operations) <= A_FEW * len(self.nodes)


def operation(
    node: str,
    source: str,
    name: str,
    index: int,
    theme: Theme,
    *,
    skip: bool,
    text: str | None = None,
    width: float | None = None,
) -> Operation:
    """An operation in its candidate's colour.

    Args:
        node: The node at the edge's end.
        source: The node or input at the edge's start.
        name: The candidate's name.
        index: The candidate's position in the declaration.
        theme: The colours.
        skip: The candidate is the identity.
        text: Text in the box; the name by default.
        width: Width of the line in points; the candidate's width by default.
    """
    line = theme.candidate(index, skip=skip)
    fill, ink = (theme.ground, theme.ink) if skip else (line.colour, theme.on_colour)
    line = line if width is None else replace(line, width=width)
    return Operation(name, node, source, text or name, line, fill, ink)


def draw_cell(drawing: Drawing, view: CellView, theme: Theme, *, title: bool) -> None:
    """Adds a cell; `title` puts it in a frame with its name, for diagrams of several cells."""
    with drawing.frame(view.name, view.name if title else None) as part:
        _ends(part, view, theme)
        for number, op in enumerate(view.operations):
            _operation(part, view, number, op, theme)


def _ends(part: Canvas, view: CellView, theme: Theme) -> None:
    """Adds inputs, nodes and the concatenation."""
    if view.ports:
        inputs = [
            f'<TD PORT="{name}" BORDER="1" STYLE="ROUNDED" COLOR="{theme.muted}" BGCOLOR="{theme.panel}" CELLPADDING="9">'
            f"{font(name, theme.ink, bold=True)}</TD>"
            for name in view.inputs
        ]
        tip = "the cell's inputs"
        part.put(_id(view, INPUTS), label=label(table(inputs, spacing=12)), shape="plain", style="", tooltip=tip)
    else:
        for name in view.inputs:
            part.put(_id(view, name), label=label(font(name, theme.ink, bold=True)), fillcolor=theme.panel, tooltip=name)
    wire = theme.wire(Kind.SPIKE)
    for name in view.nodes:
        part.put(
            _id(view, name),
            label=label(font(name, theme.ink, bold=True)),
            shape="circle",
            fixedsize="true",
            width="0.5",
            style="filled",
            fillcolor=theme.cell,
            color=theme.spike,
            penwidth="1.3",
            tooltip=f"{name}: sum of its edges, then spikes",
        )
    end = _id(view, "concat")
    part.put(end, label="concat", style="filled", height="0.9", fillcolor=theme.panel, tooltip="the cell's output")
    for name in view.nodes:
        part.link(_id(view, name), end, **wire.attributes(theme.ground))


def _operation(part: Canvas, view: CellView, number: int, op: Operation, theme: Theme) -> None:
    """Adds an operation's box and the two halves of its edge."""
    middle = _id(view, str(number))
    # A dashed border in the fill's own colour would only look frayed.
    pattern = "solid" if op.kept or op.fill == op.line.colour else op.line.pattern
    part.put(
        middle,
        label=label(font(op.text, op.ink, SMALL)),
        style=f"filled,rounded,{pattern}",
        fillcolor=op.fill,
        color=theme.ink if op.kept else op.line.colour,
        penwidth="2" if op.kept else "1",
        height="0.2",
        width="0.3",
        margin="0.06,0.02",
        tooltip=op.tip,
    )
    drawn = op.line.attributes(theme.ground)
    source = f"{_id(view, INPUTS)}:{op.source}" if view.ports and op.source in view.inputs else _id(view, op.source)
    part.link(source, middle, **{**drawn, "arrowhead": "none"}, tooltip=op.tip)
    part.link(middle, _id(view, op.node), **drawn, tooltip=op.tip)


def _id(view: CellView, name: str) -> str:
    return f"{view.name}/{name}"


def indices(names: Iterable[str], candidates: Sequence[CandidateSpec] = ()) -> dict[str, int]:
    """The colour index of each operation: its position in the declaration, if known, else in alphabetical order."""
    declared = [c.name for c in candidates]
    others = sorted(set(names) - set(declared))
    # The identity has its own style and uses up no colour.
    shown = [n for n in declared if n not in skips(declared, candidates)] + [n for n in others if n not in skips(others)]
    found = {name: i for i, name in enumerate(shown)}
    return {**found, **{name: 0 for name in (*declared, *others) if name not in found}}


def skips(names: Iterable[str], candidates: Sequence[CandidateSpec] = ()) -> set[str]:
    """The operations that are the identity: by definition, if known, else by the name `skip` or `identity`."""
    known: Mapping[str, bool] = {c.name: c.skip for c in candidates}
    return {name for name in names if known.get(name, name in ("skip", "identity"))}
