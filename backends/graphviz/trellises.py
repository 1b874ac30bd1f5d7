"""A trellis as a grid: layers from left to right, levels from top to bottom, a move between any two that are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spikegraph.backends.graphviz.drawing import Canvas, Drawing, column
from spikegraph.backends.graphviz.html import font, label
from spikegraph.backends.graphviz.theme import SMALL, Line, Theme, number
from spikegraph.passes.expand_trellis import levels_at

Move = tuple[int, int, int]
"""Layer, level before it, level after it; all from 0."""


LARGE = 0.42
"""The diameter of a position with text in it, in inches."""


@dataclass(frozen=True)
class Place:
    """How a position is drawn that isn't grey: filling, text in it, and the text's colour."""

    fill: str
    text: str = ""
    ink: str = ""
    border: str = ""


@dataclass(frozen=True)
class TrellisView:
    """What is drawn of a trellis.

    Attributes:
        name: The trellis's.
        layers: How many.
        levels: How many.
        notes: Per level what is said below its number, such as its shape; or nothing.
        moves: Lines of moves that aren't plain grey.
        places: Positions (layer, level) that aren't plain grey; layer -1 is the input.
    """

    name: str
    layers: int
    levels: int
    notes: tuple[str, ...] = ()
    moves: Mapping[Move, Line] = field(default_factory=dict[Move, Line])
    places: Mapping[tuple[int, int], Place] = field(default_factory=dict[tuple[int, int], Place])


def moves_of(path: Sequence[int]) -> list[Move]:
    """The moves of a path, which starts at level 0."""
    return [(layer, before, after) for layer, (before, after) in enumerate(zip((0, *path), path, strict=False))]


def plain(theme: Theme) -> Line:
    """The line of a move that isn't chosen."""
    return Line(theme.faint, 1.0, head="none")


def draw_trellis(drawing: Drawing, view: TrellisView, theme: Theme, *, title: bool) -> None:
    """Adds a trellis; with `title` in a frame that names it."""
    with drawing.frame(f"trellis {view.name}", view.name if title else None) as part:
        _heads(part, view, theme)
        for layer in range(-1, view.layers):
            _column(part, view, layer, theme)
        for level in ("head", *range(view.levels)):
            part.link(_id(view, "level", level), _id(view, -1, level), style="invis", weight="100")
        for layer in range(view.layers):
            _moves(part, view, layer, theme)


def _heads(part: Canvas, view: TrellisView, theme: Theme) -> None:
    """The levels' numbers on the left, each in a row of its own."""
    rank = part.part()
    rank.put(_id(view, "level", "head"), **_text("layer", view, theme))
    for level in range(view.levels):
        note = view.notes[level] if level < len(view.notes) else ""
        lines = font(f"level {level}", theme.ink) + (f"<BR/>{font(note, theme.muted, SMALL)}" if note else "")
        # As high as the largest position, so that all rows are equally far from each other.
        text = {"shape": "plaintext", "style": "", "margin": "0", "height": number(LARGE)}
        rank.put(_id(view, "level", level), label=label(lines), group=f"{view.name}{level}", **text)
    column(rank, _names(view, "level"))
    part.hold(rank)


def _column(part: Canvas, view: TrellisView, layer: int, theme: Theme) -> None:
    """The positions of a layer below its number."""
    rank = part.part()
    rank.put(_id(view, layer, "head"), **_text("in" if layer < 0 else str(layer), view, theme))
    for level in range(view.levels):
        rank.put(_id(view, layer, level), group=f"{view.name}{level}", **_position(view, layer, level, theme))
    column(rank, _names(view, layer))
    part.hold(rank)


def _text(text: str, view: TrellisView, theme: Theme) -> dict[str, str]:
    """The attributes of a node in the row of the layers' numbers."""
    return {"label": label(font(text, theme.muted, SMALL)), "shape": "plain", "style": "", "group": f"{view.name} head"}


def _position(view: TrellisView, layer: int, level: int, theme: Theme) -> dict[str, str]:
    """The attributes of a position's node; one that no walk reaches only holds its place."""
    place = view.places.get((layer, level))
    base = {"shape": "square" if layer < 0 else "circle", "fixedsize": "true", "style": "filled", "width": "0.14"}
    if level not in levels_at(layer, view.levels):
        return {**base, "style": "invis"}
    base["tooltip"] = "input" if layer < 0 else f"layer {layer}, level {level}"
    if place is None:
        return {**base, "fillcolor": theme.faint, "color": theme.faint}
    shown = {
        **base,
        "fillcolor": place.fill,
        "color": place.border or place.fill,
        "width": number(LARGE) if place.text else "0.2",
    }
    return {**shown, "label": label(font(place.text, place.ink or theme.ink, SMALL - 1))} if place.text else shown


def _moves(part: Canvas, view: TrellisView, layer: int, theme: Theme) -> None:
    """The moves through a layer; those along a level hold the grid straight."""
    part.link(_id(view, layer - 1, "head"), _id(view, layer, "head"), style="invis", weight="100")
    reached, next_ = levels_at(layer - 1, view.levels), levels_at(layer, view.levels)
    for before in range(view.levels):
        for after in (before, before - 1, before + 1):
            legal = before in reached and after in next_
            if legal:
                line = view.moves.get((layer, before, after), plain(theme))
                drawn = line.attributes(theme.ground)
                tip = f"layer {layer}: level {before} to {after}"
                weight = "100" if before == after else "0"
                part.link(_id(view, layer - 1, before), _id(view, layer, after), **drawn, weight=weight, tooltip=tip)
            elif before == after:
                part.link(_id(view, layer - 1, before), _id(view, layer, after), style="invis", weight="100")


def weighted(theme: Theme, width: float) -> Line:
    """The line of a move whose width says how probable, or how frequent, it is."""
    return replace(plain(theme), width=float(number(width)))


def _names(view: TrellisView, layer: int | str) -> list[str]:
    """A column's nodes from top to bottom."""
    return [_id(view, layer, "head"), *(_id(view, layer, level) for level in range(view.levels))]


def _id(view: TrellisView, layer: int | str, level: int | str) -> str:
    return f"{view.name}/{layer},{level}"
