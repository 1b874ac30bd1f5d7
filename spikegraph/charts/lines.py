"""Line charts."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spikegraph.charts.axes import Axes, Point, Size, drawn_axes
from spikegraph.charts.format_number import number
from spikegraph.charts.look import Look, by_class
from spikegraph.charts.markup import Attributes, Html, el
from spikegraph.charts.ticks import log_spread, spread

LARGE = Size(380, 216, right=12, top=10, bottom=40)
SMALL = Size(176, 108, right=6, top=8, bottom=20, ticks=4, labelled=False)
MID_EPOCH = -0.5
"""The shift of a mean over an epoch: epoch 1 lasts from 0 to 1."""


@dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
        label: Label in legend and table.
        points: Points (x, y) sorted by x; non-finite values break the line.
        css: CSS class that sets the colour, such as `colour(k)`.
        dashes: Dash pattern of the stroke.
        faint: Draw it as the background of another curve, without a legend entry.
        dots: Mark the points.
        shift: Added to x in the drawing, such as `MID_EPOCH`.
        band: Triples (x, low, high) of an area behind the curve, such as a mean and its deviation; at least two, or none.
        key: On a page, which run or group of runs the curve is of.
    """

    label: str
    points: Sequence[Point]
    css: str
    dashes: str = ""
    faint: bool = False
    dots: bool = False
    shift: float = 0.0
    band: Sequence[tuple[float, float, float]] = ()
    key: str = ""


@dataclass(frozen=True)
class Chart:
    """A pair of axes with curves.

    Attributes:
        title: Title above the chart.
        x: Label of the x axis, with the unit.
        y: Label of the y axis, with the unit.
        lines: The curves.
        steps: Draw steps: each value holds until the next point.
        whole: Show only integers on the x axis.
        from_zero: Begin the x axis at 0, where training begins.
        y_range: Smallest and largest y shown; by default the range of the points.
        size: Size of the chart; `SMALL` has no axis labels.
        note: A line below the title.
        marked: Highlight this chart among others.
        log: Draw a logarithmic y axis; points that aren't positive break the line.
        log_switch: Let readers of a page switch to a logarithmic y axis.
    """

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    steps: bool = False
    whole: bool = False
    from_zero: bool = False
    y_range: tuple[float, float] | None = None
    size: Size = LARGE
    note: str | None = None
    marked: bool = False
    log: bool = False
    log_switch: bool = False


def svg(chart: Chart) -> Html:
    """The drawing for a page, with a description of the curves, and the values that the page shows under the pointer."""
    size, axes = chart.size, axes_of(chart)
    label = f"{chart.title}: {chart.y} over {chart.x}; {described(chart.lines)}"
    return el(
        "svg",
        *parts(chart, by_class),
        viewBox=f"0 0 {size.width} {size.height}",
        role="img",
        aria_label=label,
        data_x=chart.x,
        data_range=f"{axes.x[0]:.6g} {axes.x[1]:.6g} {axes.left:g} {axes.right:g}",
        class_="log" if chart.log else None,
    )


def parts(chart: Chart, look: Look) -> list[Html]:
    """Axes and curves, from back to front."""
    axes = axes_of(chart)
    frame = drawn_axes(axes, chart.size, look, chart.title, (chart.x, chart.y), whole=chart.whole)
    return [*frame, *(part for line in chart.lines for part in drawn(line, axes, look, steps=chart.steps))]


def axes_of(chart: Chart) -> Axes:
    """The axes, whose ranges hold all points and bands."""
    xs = [x + line.shift for line in chart.lines for x, _ in line.points]
    x = spread([*xs, *([0.0] if chart.from_zero else ())], pad=0.02)
    ys = [y for line in chart.lines for _, y in line.points]
    ys += [edge for line in chart.lines for _, *edges in line.band for edge in edges]
    y = log_spread(ys, pad=0.06) if chart.log else chart.y_range or spread(ys, pad=0.06)
    return Axes.of(chart.size, x, y, log=chart.log)


def drawn(
    line: Line, axes: Axes, look: Look, *, steps: bool, limits: tuple[float, float] = (-math.inf, math.inf)
) -> list[Html]:
    """A curve's path, and its marked points with their values; a point between missing values is marked, as it has no path.

    What is beyond `limits`, the smallest and largest y, is drawn there.
    """
    path: list[str] = []
    dots: list[Html] = []
    key: Attributes = {"data_key": line.key or None} if look is by_class else {}
    values: list[str] = []
    begun = False
    there = [math.isfinite(x) and math.isfinite(y) and (y > 0 or not axes.log) for x, y in line.points]
    for k, (x, y) in enumerate(line.points):
        if not there[k]:
            begun = False
            continue
        across, up = axes.at(x + line.shift, min(max(y, limits[0]), limits[1]))
        path.append(f"H{across:.1f}V{up:.1f}" if begun and steps else f"{'L' if begun else 'M'}{across:.1f} {up:.1f}")
        values.append(f"{number(x)}:{number(y)}")
        alone = not begun and not any(there[k + 1 : k + 2])
        begun = True
        if line.dots or alone:
            title = el("title", f"{line.label}: {number(y)} at {number(x)}")
            dots.append(el("circle", title, cx=f"{across:.1f}", cy=f"{up:.1f}", r=2.6, **look(f"dot {line.css}"), **key))
    style = look(f"curve {line.css}{' faint' if line.faint else ''}")
    values_on_page: Attributes = {"data_label": line.label, "data_values": ";".join(values)} if look is by_class else {}
    curve = el("path", d="".join(path), stroke_dasharray=line.dashes or None, **style, **key, **values_on_page)
    return [*_band(line, axes, look, key), curve, *dots]


def _band(line: Line, axes: Axes, look: Look, key: Attributes) -> list[Html]:
    """The area behind a curve; on a logarithmic axis what isn't positive is drawn at the lower edge."""
    low = [(x, max(y, axes.y[0])) for x, y, _ in line.band]
    high = [(x, max(y, axes.y[0])) for x, _, y in reversed(line.band)]
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (axes.at(x + line.shift, y) for x, y in [*low, *high]))
    return [el("polygon", points=corners, **look(f"band {line.css}"), **key)] if line.band else []


def described(lines: Iterable[Line]) -> str:
    """The first and the last value of each curve, as text."""
    found: list[str] = []
    for line in lines:
        finite = [y for _, y in line.points if math.isfinite(y)]
        if finite and not line.faint:
            found.append(f"{line.label} from {number(finite[0])} to {number(finite[-1])}")
    return ", ".join(found) or "no curve"
