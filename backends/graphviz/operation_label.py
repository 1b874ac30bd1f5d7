"""The label of a cell's edge: its operation, or its candidates, each with a bar of its probability."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.drawing import Canvas
from spikegraph.backends.graphviz.html_labels import font, label
from spikegraph.backends.graphviz.placement import Rectangle, put_text, text_width
from spikegraph.backends.graphviz.theme import Line, Look, Pattern, Theme

FRAMES: dict[Pattern | None, str] = {"solid": "1.6", "dashed": "1.4"}
"""Widths of the frames around labels."""


@dataclass(frozen=True)
class Operation:
    """An operation in the label of an edge.

    Attributes:
        name: The candidate's name.
        text: Text in its box.
        line: Style of its border.
        fill: Fill colour of its box, and of its bar.
        ink: Colour of the text.
        share: Its probability; None if it isn't shown.
        kept: Decoding keeps it.
    """

    name: str
    text: str
    line: Line
    fill: str
    ink: str
    share: float | None = None
    kept: bool = False


def operation(
    name: str, look: Look, theme: Theme, *, text: str = "", share: float | None = None, kept: bool = False
) -> Operation:
    """An operation in its candidate's colour.

    Args:
        name: The candidate's name.
        look: How the candidate is drawn.
        theme: The colours.
        text: Text in the box; the name by default.
        share: Its probability, shown as a bar.
        kept: Decoding keeps it.
    """
    line = theme.candidate(look)
    fill, ink = (line.colour, theme.on_colour) if isinstance(look, int) else (theme.ground, theme.ink)
    return Operation(name, text or name, line, fill, ink, share, kept)


def label_size(operations: Sequence[Operation], theme: Theme) -> tuple[float, float]:
    """Width and height of a label."""
    bars = any(o.share is not None for o in operations)
    width = _name_width(operations, theme) + (_bar_width(theme) + _number_width(theme) + 5 if bars else 0)
    return width + (4 if len(operations) > 1 else 0), _row(theme) * len(operations) + (4 if len(operations) > 1 else 0)


def put_label(
    part: Canvas,
    key: str,
    at: Rectangle,
    operations: Sequence[Operation],
    line: Line,
    theme: Theme,
    *,
    frame: Pattern | None,
    tip: str,
) -> None:
    """Adds a label: one box, or one with a row for each candidate; with a `frame` around it."""
    if len(operations) == 1:
        _put_name(part, key, at, operations[0], theme, frame=frame, tip=tip)
        return
    part.put(
        key,
        **at.attributes(),
        style="filled,dashed" if frame == "dashed" else "filled",
        fillcolor=theme.ground,
        color=theme.ink if frame else line.colour,
        penwidth=FRAMES.get(frame, "0.8"),
        tooltip=tip,
    )
    wide, high = _name_width(operations, theme), _row(theme)
    left = at.left + 2
    for k, o in enumerate(operations):
        top = at.top + 2 + k * high
        _put_name(
            part,
            f"{key}/{o.name}",
            Rectangle(left, top + 1, wide, high - 2),
            o,
            theme,
            frame="solid" if o.kept else None,
            tip=tip,
        )
        if o.share is not None:
            _put_bar(part, f"{key}/{o.name}", Rectangle(left + wide + 3, top, _bar_width(theme), high), o, theme)
            if not theme.paper:
                number = Rectangle(left + wide + 4 + _bar_width(theme), top, _number_width(theme), high)
                put_text(part, f"{key}/{o.name}/number", number, f"{o.share:.2f}", theme)
    if operations[0].share is not None:
        x = left + wide + 3 + _bar_width(theme) / len(operations)
        chance = Rectangle(x - 0.4, at.top + 2, 0.8, high * len(operations))
        part.put(f"{key}/chance", **chance.attributes(), style="filled", fillcolor=theme.ink, color=theme.ink, penwidth="0")


def _put_name(part: Canvas, key: str, at: Rectangle, o: Operation, theme: Theme, *, frame: Pattern | None, tip: str) -> None:
    # A dashed border in the fill's own colour would only look frayed.
    pattern = frame or ("solid" if o.fill == o.line.colour else o.line.pattern)
    part.put(
        key,
        **at.attributes(),
        label=label(font(o.text, o.ink, theme.small)),
        style=f"filled,rounded,{pattern}",
        fillcolor=o.fill,
        color=theme.ink if frame else o.line.colour,
        penwidth=FRAMES.get(frame, "1"),
        tooltip=tip,
    )


def _put_bar(part: Canvas, key: str, at: Rectangle, o: Operation, theme: Theme) -> None:
    """Adds a bar that ends at 1."""
    whole = Rectangle(at.left, at.top + 3, at.width, at.height - 6)
    bar = Rectangle(whole.left, whole.top, whole.width * (o.share or 0), whole.height)
    fill = o.fill if o.fill == o.line.colour else o.line.colour
    for name, where, colour in (("whole", whole, theme.panel), ("bar", bar, fill)):
        tip = f"{o.name}: probability {o.share:.2f}"
        part.put(
            f"{key}/{name}", **where.attributes(), style="filled", fillcolor=colour, color=colour, penwidth="0", tooltip=tip
        )


def _row(theme: Theme) -> float:
    return theme.small * 1.45


def _name_width(operations: Sequence[Operation], theme: Theme) -> float:
    return max(text_width(o.text, theme.small) for o in operations) + theme.small * (0.5 if theme.paper else 0.8)


def _bar_width(theme: Theme) -> float:
    return theme.small * (2 if theme.paper else 3.2)


def _number_width(theme: Theme) -> float:
    """The room for a probability as a number; a column of a paper has none."""
    return 0 if theme.paper else text_width("0.00", theme.small) + 2
