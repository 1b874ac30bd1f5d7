"""A cell as a diagram: inputs, nodes, the operations on its edges, and the concatenation.

An operation lies on its edge as a small box with its name, so that no label floats beside a line that it may not belong to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html import font, label, table
from spikegraph.backends.graphviz.theme import SMALL, Line, Theme
from spikegraph.ir.cellspec import CandidateSpec
from spikegraph.ir.types import Kind

INPUTS = "/inputs"
"""The node of all inputs of a cell, each a port of it. A slash keeps its name apart from those of a cell."""


A_FEW = 2
"""Operations for each node, up to which their lines can come from one port."""


@dataclass(frozen=True)
class Operation:
    """An operation on an edge.

    Attributes:
        name: The candidate's.
        node: The node that the edge ends in.
        source: What it comes from, an input or an earlier node.
        text: On its box.
        line: How edge and border are drawn.
        fill: The box's filling.
        ink: The box's text.
        kept: Whether its box has a frame, as what a decoding keeps.
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
        """Shown by viewers that know tooltips."""
        return f"{self.name}: {self.source} to {self.node}"


@dataclass(frozen=True)
class CellView:
    """What is drawn of a cell.

    Attributes:
        name: The cell's.
        inputs: In order.
        nodes: In order.
        operations: On its edges.
    """

    name: str
    inputs: tuple[str, ...]
    nodes: tuple[str, ...]
    operations: tuple[Operation, ...]

    @property
    def ports(self) -> bool:
        """Whether the inputs are ports of one node, which keeps their order; many edges would make a knot of a port."""
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
        node: The edge's end.
        source: The edge's begin.
        name: The candidate's.
        index: Its place in the declaration.
        theme: The colours.
        skip: Whether it is the identity.
        text: On the box; the name by default.
        width: Of the line; the candidate's own by default.
    """
    line = theme.candidate(index, skip=skip)
    fill, ink = (theme.ground, theme.ink) if skip else (line.colour, theme.on_colour)
    line = line if width is None else replace(line, width=width)
    return Operation(name, node, source, text or name, line, fill, ink)


def draw_cell(drawing: Drawing, view: CellView, theme: Theme, *, title: bool) -> None:
    """Adds a cell; with `title` in a frame that names it, as where there are several."""
    with drawing.frame(view.name, view.name if title else None) as part:
        _ends(part, view, theme)
        for number, op in enumerate(view.operations):
            _operation(part, view, number, op, theme)


def _ends(part: Canvas, view: CellView, theme: Theme) -> None:
    """Inputs, nodes and the concatenation."""
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
    """One operation's box and the two halves of its edge."""
    middle = _id(view, str(number))
    # A dashed border around a filling of its own colour only frays it.
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
    """The colour's number of each operation: its place in the declaration, where one is at hand, else in the alphabet."""
    declared = [c.name for c in candidates]
    others = sorted(set(names) - set(declared))
    # The identity has a look of its own and takes no colour from the others.
    shown = [n for n in declared if n not in skips(declared, candidates)] + [n for n in others if n not in skips(others)]
    found = {name: i for i, name in enumerate(shown)}
    return {**found, **{name: 0 for name in (*declared, *others) if name not in found}}


def skips(names: Iterable[str], candidates: Sequence[CandidateSpec] = ()) -> set[str]:
    """Which operations are the identity: by definition where it is at hand, else by the name `skip` or `identity`."""
    known: Mapping[str, bool] = {c.name: c.skip for c in candidates}
    return {name for name in names if known.get(name, name in ("skip", "identity"))}
