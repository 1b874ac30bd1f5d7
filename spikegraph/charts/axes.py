"""A pair of axes: ranges, round ticks, and positions of points on the drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spikegraph.charts.look import Look
from spikegraph.charts.markup import Html, el
from spikegraph.charts.ticks import log_ticks, share, texts, ticks, whole_steps

Point = tuple[float, float]

DIGIT = 7.3
"""The largest width of a digit."""


@dataclass(frozen=True)
class Size:
    """The size of a chart; letters are about 12 units high.

    Attributes:
        width: Width of the whole drawing.
        height: Height of the whole drawing.
        right: Margin to the right of the axes.
        top: Margin above the axes.
        bottom: Margin below the axes, for numbers and label.
        ticks: Maximum number of ticks of an axis.
        labelled: Draw labels of the axes.
        framed: Draw the chart's title and a frame, for drawings outside of a page.
        left: Minimum margin to the left of the axes; it grows with the numbers of the y axis.
    """

    width: int
    height: int
    right: int
    top: int
    bottom: int
    ticks: int = 6
    labelled: bool = True
    framed: bool = False
    left: int = 0


@dataclass(frozen=True)
class Axes:
    """The area between two axes.

    Attributes:
        left: The left edge on the drawing; likewise `right`, `top` and `bottom`.
        x: Smallest and largest x.
        y: Smallest and largest y.
        log: Whether the y axis is logarithmic.
        rows: The names of rows along the y axis, of which the k-th lies from k to k + 1; empty if y is a number.
    """

    left: float
    right: float
    top: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool = False
    rows: Sequence[str] = ()

    @classmethod
    def of(
        cls, size: Size, x: tuple[float, float], y: tuple[float, float], *, log: bool = False, rows: Sequence[str] = ()
    ) -> "Axes":
        """Axes with these ranges; the numbers or names at the y axis fit beside it."""
        found = cls(size.left, size.width - size.right, size.top, size.height - size.bottom, x, y, log, rows)
        widest = max((len(text) for _, text in found.y_marks(size.ticks)), default=0)
        return replace(found, left=max(size.left, widest * DIGIT + (24 if size.labelled else 8)))

    def x_marks(self, most: int, *, whole: bool) -> list[tuple[float, str]]:
        """At most `most` round numbers on the x axis, with texts that have room; without fractions if `whole`."""
        found: list[tuple[float, str]] = []
        for count in range(most, 1, -1):
            values = [value for value in ticks(*self.x, count) if not (whole and abs(value - round(value)) > 1e-9)]
            found = list(zip(values, texts(values), strict=True))
            if DIGIT * sum(len(text) + 1 for _, text in found) <= self.right - self.left:
                break
        return found

    def y_marks(self, most: int) -> list[tuple[float, str]]:
        """At most `most` round numbers on the y axis, or middles of rows, with their texts."""
        if self.rows:
            every = next(k for k in whole_steps() if k * most >= len(self.rows))
            return [(k + 0.5, self.rows[k]) for k in range(0, len(self.rows), every)]
        found = (log_ticks if self.log else ticks)(*self.y, most)
        return list(zip(found, texts(found), strict=True))

    def at(self, x: float, y: float) -> Point:
        """The position of the point (x, y) on the drawing."""
        across = share(x, *self.x)
        low, high, at = (math.log(v) for v in (*self.y, y)) if self.log else (*self.y, y)
        up = share(at, low, high)
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)


def drawn_axes(axes: Axes, size: Size, look: Look, title: str, labels: tuple[str, str], *, whole: bool) -> list[Html]:
    """Grid lines with their numbers, the axes and their labels; `whole` leaves out fractions on the x axis."""
    left, right, top, bottom = axes.left, axes.right, axes.top, axes.bottom
    centre, middle = (left + right) / 2, (top + bottom) / 2
    parts: list[Html] = []
    for value, text in axes.x_marks(size.ticks, whole=whole):
        x = f"{axes.at(value, axes.y[0])[0]:.1f}"
        parts.append(el("line", x1=x, y1=top, x2=x, y2=bottom, **look("grid")))
        parts.append(el("text", text, x=x, y=bottom + 14, text_anchor="middle"))
    for value, text in axes.y_marks(size.ticks):
        y = axes.at(axes.x[0], value)[1]
        parts.append(el("line", x1=left, y1=f"{y:.1f}", x2=right, y2=f"{y:.1f}", **look("grid")))
        parts.append(el("text", text, x=left - 5, y=f"{y + 4:.1f}", text_anchor="end"))
    corners = [(left, top), (left, bottom), (right, bottom), *([(right, top), (left, top)] if size.framed else ())]
    parts.append(el("polyline", points=" ".join(f"{x:g},{y:g}" for x, y in corners), **look("axis")))
    style = {"text_anchor": "middle", **look("label")}
    if size.labelled:
        parts.append(el("text", labels[0], x=centre, y=size.height - 6, **style))
        parts.append(el("text", labels[1], x=12, y=middle, transform=f"rotate(-90 12 {middle:g})", **style))
    if size.framed:
        parts.append(el("text", title, x=centre, y=top - 14, text_anchor="middle", font_weight="bold"))
    return parts
