"""Line charts."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spikegraph.charts.axes import Axes, Point, Size, drawn_axes, spread
from spikegraph.charts.look import Look, by_class
from spikegraph.charts.markup import Html, el
from spikegraph.charts.number import number

LARGE = Size(380, 216, right=12, top=10, bottom=40)
SMALL = Size(176, 104, right=6, top=6, bottom=18, ticks=4, labelled=False)


@dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
        label: For legend and table.
        points: (x, y) in order of x; values that aren't finite break the line.
        css: The class that sets the colour, such as `colour(k)`.
        dashes: Of the stroke.
        faint: Whether it is the background of another curve, and so in the table but not in the legend.
        dots: Whether its points are marked.
    """

    label: str
    points: Sequence[Point]
    css: str
    dashes: str = ""
    faint: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Chart:
    """A pair of axes with curves.

    Attributes:
        title: Above it.
        x: Label of the x axis, with the unit.
        y: Label of the y axis, with the unit.
        lines: The curves.
        steps: Whether each value holds until the next point.
        whole: Whether x is a count, so that only whole numbers are marked.
        y_range: Smallest and largest y shown; default: that of the points.
        size: `SMALL` has no labels at its axes.
        note: A line below the title.
        marked: Whether it stands out among others.
    """

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    steps: bool = False
    whole: bool = False
    y_range: tuple[float, float] | None = None
    size: Size = LARGE
    note: str | None = None
    marked: bool = False


def svg(chart: Chart) -> Html:
    """The drawing for a page, with a description of the curves."""
    size = chart.size
    said = f"{chart.title}: {chart.y} over {chart.x}; {described(chart.lines)}"
    return el("svg", *parts(chart, by_class), viewBox=f"0 0 {size.width} {size.height}", role="img", aria_label=said)


def parts(chart: Chart, look: Look) -> list[Html]:
    """Axes and curves, back to front."""
    x = spread([x for line in chart.lines for x, _ in line.points], pad=0.02)
    y = chart.y_range or spread([y for line in chart.lines for _, y in line.points], pad=0.06)
    axes = Axes.of(chart.size, x, y)
    frame = drawn_axes(axes, chart.size, look, chart.title, (chart.x, chart.y), whole=chart.whole)
    return [*frame, *(part for line in chart.lines for part in drawn(line, axes, look, steps=chart.steps))]


def drawn(line: Line, axes: Axes, look: Look, *, steps: bool) -> list[Html]:
    """A curve's path, and its marked points with their numbers."""
    path: list[str] = []
    dots: list[Html] = []
    begun = False
    for x, y in line.points:
        if not (math.isfinite(x) and math.isfinite(y)):
            begun = False
            continue
        across, up = axes.at(x, y)
        path.append(f"H{across:.1f}V{up:.1f}" if begun and steps else f"{'L' if begun else 'M'}{across:.1f} {up:.1f}")
        begun = True
        if line.dots:
            title = el("title", f"{line.label}: {number(y)} at {number(x)}")
            dots.append(el("circle", title, cx=f"{across:.1f}", cy=f"{up:.1f}", r=2.6, **look(f"dot {line.css}")))
    style = look(f"curve {line.css}{' faint' if line.faint else ''}")
    return [el("path", d="".join(path), stroke_dasharray=line.dashes or None, **style), *dots]


def described(lines: Iterable[Line]) -> str:
    """The first and the last value of each curve, as text."""
    said: list[str] = []
    for line in lines:
        finite = [y for _, y in line.points if math.isfinite(y)]
        if finite and not line.faint:
            said.append(f"{line.label} from {number(finite[0])} to {number(finite[-1])}")
    return ", ".join(said) or "no curve"
