"""Nodes and lines at given positions, for diagrams whose layout must not depend on Graphviz: cells and trellises.

Graphviz only draws them (`layout=nop2`). Positions are in points, x to the right and y downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.drawing import Canvas
from spikegraph.backends.graphviz.html_labels import font, label
from spikegraph.backends.graphviz.theme import Line, Theme, number

GIVEN = {"layout": "nop2", "outputorder": "edgesfirst", "labelloc": "b", "labeljust": "l"}
"""Attributes of a graph whose nodes and edges have positions; edges are below nodes."""

CORNER = 6
"""Radius of the corners of lines."""

HEAD = 7
"""Length of an arrow head."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle: its left, top, width and height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The bottom edge."""
        return self.top + self.height

    @property
    def middle(self) -> Point:
        """The centre."""
        return self.left + self.width / 2, self.top + self.height / 2

    def attributes(self) -> dict[str, str]:
        """The attributes that place a node."""
        x, y = self.middle
        size = {"width": f"{self.width / 72:.4f}", "height": f"{self.height / 72:.4f}"}
        return {"pos": _point((x, y)), "fixedsize": "true", "margin": "0", **size}


def put_text(
    part: Canvas, name: str, at: Rectangle, text: str, theme: Theme, *, small: bool = True, bold: bool = False
) -> None:
    """Adds text in the middle of a rectangle; descriptions are small and muted."""
    shown = font(text, theme.muted if small else theme.ink, theme.small if small else theme.size, bold=bold)
    part.put(name, **at.attributes(), label=label(shown), shape="none", style="", tooltip=text)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """A high estimate of a text's width in points, in Helvetica and fonts of the same widths."""
    narrow, wide = sum(c in "ijltf.,:;|!()[] -'" for c in text), sum(c in "mwMWOQ×→—" for c in text)
    return size * (0.57 * (len(text) - narrow - wide) + 0.34 * narrow + 0.87 * wide) * (1.06 if bold else 1)


def line(points: Sequence[Point], drawn: Line, theme: Theme, *, arrow: bool = True) -> dict[str, str]:
    """The attributes of an edge along points, with rounded corners and an arrow head at the last point."""
    points = list(points)
    (x, y), tip = points[-2], points[-1]
    if arrow:
        length = abs(tip[0] - x) + abs(tip[1] - y)
        share = max(0.0, 1 - HEAD / length)
        points[-1] = (x + (tip[0] - x) * share, y + (tip[1] - y) * share)
    attributes = drawn.attributes(theme.ground)
    curve = " ".join(map(_point, _curve(points)))
    return {**attributes, **({} if arrow else {"arrowhead": "none"}), "pos": f"e,{_point(tip)} {curve}" if arrow else curve}


def _curve(points: Sequence[Point]) -> list[Point]:
    """The control points of a Bézier curve that follows straight lines between points and rounds their corners."""
    found = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        found += [found[-1], start, start, corner, corner, end]
    return [*found, found[-1], points[-1], points[-1]]


def _towards(corner: Point, other: Point) -> Point:
    """The point where a rounded corner begins or ends."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    share = min(CORNER, length / 2) / length if length else 0
    return corner[0] + dx * share, corner[1] + dy * share


def _point(at: Point) -> str:
    return f"{number(at[0])},{number(-at[1])}"
