"""The drawing of one trellis as a grid: layers from left to right, levels from top to bottom, lines for legal moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spikegraph.backends.graphviz.drawing import Canvas
from spikegraph.backends.graphviz.html_labels import font, label
from spikegraph.backends.graphviz.placement import Rectangle, line, put_text, text_width
from spikegraph.backends.graphviz.theme import Line, Theme
from spikegraph.passes.expand_trellis import levels_at

Move = tuple[int, int, int]
"""Layer, level before it, level after it; counted from 0."""


@dataclass(frozen=True)
class Place:
    """The style of a position that isn't grey: fill, text, and border."""

    fill: str
    text: str = ""
    border: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class TrellisView:
    """The contents of a trellis's drawing.

    Attributes:
        name: The trellis's name.
        layers: Number of layers.
        levels: Number of levels.
        notes: Text of each level: its resolution, and its shape if that is known.
        moves: Lines of moves that aren't grey.
        places: Styles of positions (layer, level) that aren't grey; layer -1 is the input.
        finest: The finest level that a path can stay at.
    """

    name: str
    layers: int
    levels: int
    notes: tuple[tuple[str, ...], ...] = ()
    moves: Mapping[Move, Line] = field(default_factory=dict[Move, Line])
    places: Mapping[tuple[int, int], Place] = field(default_factory=dict[tuple[int, int], Place])
    finest: int = 0

    def reached(self, layer: int) -> range:
        """The levels that a path can have after a layer."""
        return levels_at(layer, self.levels, self.finest)

    def rows(self) -> range:
        """The levels that any path reaches."""
        return range(max(self.reached(self.layers - 1), default=0) + 1)

    def legal(self) -> list[Move]:
        """The moves that paths can make."""
        return [
            (layer, before, after)
            for layer in range(self.layers)
            for before in self.reached(layer - 1)
            for after in self.reached(layer)
            if abs(before - after) <= 1
        ]

    def forced(self) -> set[Move]:
        """The moves without an alternative."""
        legal = self.legal()
        return {move for move in legal if sum(other[:2] == move[:2] for other in legal) == 1}

    def grey(self) -> set[Move]:
        """The moves that are drawn in grey."""
        return {*self.legal()} - {*self.moves}


def moves_of(path: Sequence[int]) -> list[Move]:
    """The moves of a path, which starts at level 0."""
    return [(layer, before, after) for layer, (before, after) in enumerate(zip((0, *path), path, strict=False))]


def plain(theme: Theme) -> Line:
    """The line of a move that isn't chosen."""
    return Line(theme.faint, 1.0, head="none")


def only_move(theme: Theme) -> Line:
    """The line of a move without an alternative."""
    return Line(theme.muted, 1.2, "dotted", head="none")


def draw_trellis(part: Canvas, view: TrellisView, theme: Theme, *, top: float, title: bool) -> float:
    """Adds a trellis below `top`, with its name above it if there is a `title`; returns the position of its lower end."""
    if title:
        size = Rectangle(0, top, text_width(view.name, theme.size, bold=True), theme.size * 1.4)
        put_text(part, f"{view.name}/", size, view.name, theme, small=False, bold=True)
        top += theme.size * 2
    head = theme.small * 1.6
    texts = {level: (f"level {level}", *(view.notes[level] if level < len(view.notes) else ())) for level in view.rows()}
    names = max(text_width(text, theme.small) for lines in texts.values() for text in lines)
    row = max(theme.size * 2.9, theme.small * (1.2 * max(map(len, texts.values())) + 0.8))
    numbers = any(place.text for place in view.places.values())
    column = text_width("0.00", theme.small) + theme.size * (2.4 if numbers else 1.6)
    middle = {level: top + head + row * (level + 0.5) for level in view.rows()}
    put_text(part, f"{view.name}/layer", Rectangle(0, top, names, head), "layer", theme)
    for level, lines in texts.items():
        high = theme.small * 1.2
        for k, text in enumerate(lines):
            where = Rectangle(0, middle[level] + (k - len(lines) / 2) * high, names, high)
            put_text(part, f"{view.name}/level {level}/{k}", where, text, theme)
    at: dict[tuple[int, int], Rectangle] = {}
    for layer in range(-1, view.layers):
        x = names + column * (layer + 1.5)
        text = "in" if layer < 0 else str(layer)
        put_text(part, f"{view.name}/layer {text}", Rectangle(x - column / 2, top, column, head), text, theme)
        for level in view.reached(layer):
            place = view.places.get((layer, level))
            at[layer, level] = _position(part, view, (layer, level), (x, middle[level]), place, theme)
    _moves(part, view, at, theme)
    return top + head + row * len(view.rows())


def _position(
    part: Canvas, view: TrellisView, key: tuple[int, int], at: tuple[float, float], place: Place | None, theme: Theme
) -> Rectangle:
    """Adds a position: a small box, larger if it has text."""
    shown = place or Place(theme.faint)
    side = theme.size * (1 if place else 0.7)
    width, height = (text_width("0.00", theme.small) + 6, theme.small * 1.7) if shown.text else (side, side)
    where = Rectangle(at[0] - width / 2, at[1] - height / 2, width, height)
    layer, level = key
    part.put(
        f"{view.name}/{layer},{level}",
        **where.attributes(),
        label=label(font(shown.text, theme.ink, theme.small)) if shown.text else "",
        fillcolor=shown.fill,
        color=shown.border or shown.fill,
        **({"style": "rounded,filled,dashed"} if shown.dashed else {}),
        tooltip=f"input, level {level}" if layer < 0 else f"layer {layer}, level {level}",
    )
    return where


def _moves(part: Canvas, view: TrellisView, at: Mapping[tuple[int, int], Rectangle], theme: Theme) -> None:
    """Adds the moves, coloured ones last, so that they are drawn on top."""
    forced = view.forced()
    usual = {move: only_move(theme) if move in forced else plain(theme) for move in view.legal()}
    styles = {move: view.moves.get(move, line) for move, line in usual.items()}
    for move, style in sorted(styles.items(), key=lambda item: (item[1].colour != theme.faint, item[0])):
        layer, before, after = move
        start, end = at[layer - 1, before], at[layer, after]
        points = ((start.right, start.middle[1]), (end.left, end.middle[1]))
        names = f"{view.name}/{layer - 1},{before}", f"{view.name}/{layer},{after}"
        tip = f"layer {layer}: level {before} to {after}"
        part.link(*names, **line(points, style, theme, arrow=False), tooltip=tip)


def weighted(theme: Theme, width: float) -> Line:
    """The line of a move whose width shows a probability."""
    return replace(plain(theme), width=width)
