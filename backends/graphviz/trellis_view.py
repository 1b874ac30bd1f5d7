"""The drawing of one trellis as a grid: layers from left to right, levels from top to bottom, lines for legal moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html_labels import font, label, table
from spikegraph.backends.graphviz.theme import SMALL, Line, Theme, number
from spikegraph.passes.expand_trellis import levels_at

Move = tuple[int, int, int]
"""Layer, level before it, level after it; counted from 0."""

ROW, HEAD = 32, 18
"""Heights of a level's row and of the row of layer numbers, in points."""

COLUMN = {"shape": "plain", "style": ""}


@dataclass(frozen=True)
class Place:
    """The style of a position that isn't grey: fill, text, colour of the text, and border."""

    fill: str
    text: str = ""
    ink: str = ""
    border: str = ""


@dataclass(frozen=True)
class TrellisView:
    """The contents of a trellis's drawing.

    Attributes:
        name: The trellis's name.
        layers: Number of layers.
        levels: Number of levels.
        notes: Text below each level's number, such as its shape; may be empty.
        moves: Lines of moves that aren't grey.
        places: Styles of positions (layer, level) that aren't grey; layer -1 is the input.
        finest: The finest level that a path can stay at.
    """

    name: str
    layers: int
    levels: int
    notes: tuple[str, ...] = ()
    moves: Mapping[Move, Line] = field(default_factory=dict[Move, Line])
    places: Mapping[tuple[int, int], Place] = field(default_factory=dict[tuple[int, int], Place])
    finest: int = 0


def moves_of(path: Sequence[int]) -> list[Move]:
    """The moves of a path, which starts at level 0."""
    return [(layer, before, after) for layer, (before, after) in enumerate(zip((0, *path), path, strict=False))]


def plain(theme: Theme) -> Line:
    """The line of a move that isn't chosen."""
    return Line(theme.faint, 1.0, head="none")


def draw_trellis(drawing: Drawing, view: TrellisView, theme: Theme, *, title: bool) -> None:
    """Adds a trellis; `title` puts it in a frame with its name.

    A layer is one node, a table with a row for each level, because Graphviz could reorder separate nodes.
    """
    with drawing.frame(f"trellis {view.name}", view.name if title else None) as part:
        part.put(_id(view, "levels"), label=_levels(view, theme), **COLUMN)
        part.link(_id(view, "levels"), _id(view, -1), style="invis")
        for layer in range(-1, view.layers):
            tip = "input" if layer < 0 else f"layer {layer}"
            part.put(_id(view, layer), label=_column(view, layer, theme), tooltip=tip, **COLUMN)
        for layer in range(view.layers):
            _moves(part, view, layer, theme)


def _levels(view: TrellisView, theme: Theme) -> str:
    """The column of level numbers with their notes."""
    rows = [_row(font("layer", theme.muted, SMALL), HEAD)]
    for level in range(view.levels):
        note = view.notes[level] if level < len(view.notes) else ""
        rows.append(_row(font(f"level {level}", theme.ink) + (f"<BR/>{font(note, theme.muted, SMALL)}" if note else ""), ROW))
    return label(table(rows, padding=0))


def _column(view: TrellisView, layer: int, theme: Theme) -> str:
    """The column of a layer: its number, then its positions; those that no path reaches are left blank."""
    rows = [_row(font("in" if layer < 0 else str(layer), theme.muted, SMALL), HEAD)]
    reached = levels_at(layer, view.levels, view.finest)
    places = (
        _position(view.places.get((layer, level)), level, theme) if level in reached else "" for level in range(view.levels)
    )
    rows += [_row(place, ROW) for place in places]
    return label(table(rows, padding=0))


def _row(content: str, height: int) -> str:
    return f'<TD HEIGHT="{height}">{content}</TD>'


def _position(place: Place | None, level: int, theme: Theme) -> str:
    """A position: a small box, larger if it has text."""
    shown = place or Place(theme.faint)
    border = shown.border or shown.fill
    text = font(shown.text, shown.ink or theme.ink, SMALL) if shown.text else ""
    width, height = (32, 18) if text else (11, 11) if place else (8, 8)
    style = f'BORDER="1" STYLE="ROUNDED" COLOR="{border}" BGCOLOR="{shown.fill}"'
    size = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"'
    return table([f'<TD PORT="{level}" {style} {size}>{text}</TD>'], padding=0)


def _moves(part: Canvas, view: TrellisView, layer: int, theme: Theme) -> None:
    """Adds the moves through a layer, coloured ones last, so that they are drawn on top."""
    legal = [
        (layer, before, after)
        for before in levels_at(layer - 1, view.levels, view.finest)
        for after in levels_at(layer, view.levels, view.finest)
        if abs(before - after) <= 1
    ]
    for move in sorted(legal, key=lambda m: view.moves.get(m, plain(theme)).colour != plain(theme).colour):
        _, before, after = move
        line = view.moves.get(move, plain(theme))
        tip = f"layer {layer}: level {before} to {after}"
        ends = f"{_id(view, layer - 1)}:{before}", f"{_id(view, layer)}:{after}"
        part.link(*ends, **{**line.attributes(theme.ground), "arrowhead": "none"}, tooltip=tip)


def weighted(theme: Theme, width: float) -> Line:
    """The line of a move whose width shows a probability."""
    return replace(plain(theme), width=float(number(width)))


def _id(view: TrellisView, layer: int | str) -> str:
    return f"{view.name}/{layer}"
