"""Line charts: drawn as SVG whose text is text, with a legend, and the numbers one click away."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from spikegraph.analysis.chart import Panel, ticks
from spikegraph.backends.report.markup import Html, el, join
from spikegraph.backends.report.palette import colour, dash
from spikegraph.backends.report.table import Cell, number, table

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
        label: For legend and table.
        points: (x, y) in order of x; what isn't finite breaks the line.
        css: The class that gives the colour.
        dashes: Of the stroke.
        faint: Whether it is only the ground of another curve; then it stands in the table and not in the legend.
        dots: Whether the points are marked.
    """

    label: str
    points: Sequence[Point]
    css: str
    dashes: str = ""
    faint: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Size:
    """Of a chart, in its own units, of which a letter is about twelve high."""

    width: int = 380
    height: int = 216
    right: int = 12
    top: int = 10
    bottom: int = 40
    ticks: int = 6


LARGE = Size()
SMALL = Size(176, 104, right=6, top=6, bottom=18, ticks=4)

DIGIT = 7.3
"""The width of a digit, with room to spare."""


@dataclass(frozen=True)
class Chart:
    """A pair of axes with curves.

    Attributes:
        title: Above it.
        x: What runs to the right, with its unit.
        y: What runs upwards, with its unit.
        lines: What is drawn.
        steps: Whether values hold from one point to the next.
        whole: Whether x counts something, so that only whole numbers are marked.
        y_range: Least and largest y that is shown; by default that of the points.
        size: `SMALL` has no words at its axes: who shows many says them once.
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


def of_panel(panel: Panel, order: Sequence[str]) -> Chart:
    """The chart of a panel; `order` is that of the runs, whose numbers give the colours."""
    lines = [Line(c.label, c.points, colour(k), dash(k), dots=True) for c in panel.curves for k in (order.index(c.label),)]
    return Chart(panel.title, panel.x, panel.y, lines, steps=panel.steps, whole=True)


def figure(chart: Chart, *, legend: bool = True) -> Html:
    """The chart with its title, its legend where it has several curves, and its numbers."""
    shown = [line for line in chart.lines if not line.faint]
    wanted = legend and len(shown) > 1
    large = chart.size.width >= LARGE.width
    caption = el("figcaption", el("strong", chart.title), el("span", chart.note, class_="note") if chart.note else None)
    return el(
        "figure",
        caption,
        legend_of(shown) if wanted else None,
        svg(chart),
        el("details", el("summary", "Numbers"), *numbers(chart)),
        class_=" ".join(["chart", *(() if large else ("small",)), *(("marked",) if chart.marked else ())]),
    )


def legend_of(lines: Iterable[Line]) -> Html:
    """Samples of the curves with their labels; of equal ones the first."""
    found = {(line.label, line.css, line.dashes): line for line in lines}
    items = [el("li", swatch(line.css, line.dashes), line.label) for line in found.values()]
    return el("ul", *items, class_="legend", aria_label="legend")


def swatch(css: str, dashes: str = "") -> Html:
    """A piece of a curve."""
    line = el("line", x1=0, y1=5, x2=26, y2=5, class_=f"curve {css}", stroke_dasharray=dashes or None)
    return el("svg", line, viewBox="0 0 26 10", width=26, height=10, aria_hidden="true", class_="swatch")


def svg(chart: Chart) -> Html:
    """The drawing."""
    size = chart.size
    large = size.width >= LARGE.width
    x_low, x_high = spread([x for line in chart.lines for x, _ in line.points], pad=0.02)
    y_low, y_high = chart.y_range or spread([y for line in chart.lines for _, y in line.points], pad=0.06)
    marks = [(value, f"{value:.4g}") for value in ticks(y_low, y_high, size.ticks)]
    left = max(len(text) for _, text in marks) * DIGIT + (24 if large else 8)
    right, top, bottom = size.width - size.right, size.top, size.height - size.bottom

    def at(x: float, y: float) -> Point:
        across = left + (x - x_low) / (x_high - x_low) * (right - left)
        return across, bottom - (y - y_low) / (y_high - y_low) * (bottom - top)

    parts: list[Html] = []
    for value in ticks(x_low, x_high, size.ticks):
        if not (chart.whole and abs(value - round(value)) > 1e-9):
            x = f"{at(value, y_low)[0]:.1f}"
            parts.append(el("path", d=f"M{x} {top}V{bottom}", class_="grid"))
            parts.append(el("text", f"{value:.6g}", x=x, y=bottom + 14, text_anchor="middle"))
    for value, text in marks:
        y = at(x_low, value)[1]
        parts.append(el("path", d=f"M{left:g} {y:.1f}H{right}", class_="grid"))
        parts.append(el("text", text, x=left - 5, y=f"{y + 4:.1f}", text_anchor="end"))
    parts.append(el("path", d=f"M{left:g} {top}V{bottom}H{right}", class_="axis"))
    if large:
        middle = (top + bottom) / 2
        parts.append(el("text", chart.x, x=(left + right) / 2, y=size.height - 6, text_anchor="middle", class_="label"))
        turned = f"rotate(-90 12 {middle:g})"
        parts.append(el("text", chart.y, x=12, y=middle, text_anchor="middle", transform=turned, class_="label"))
    for line in chart.lines:
        parts += drawn(line, at, chart.steps)
    said = f"{chart.title}: {chart.y} over {chart.x}; {described(chart.lines)}"
    return el("svg", *parts, viewBox=f"0 0 {size.width} {size.height}", role="img", aria_label=said)


def spread(values: Sequence[float], pad: float) -> tuple[float, float]:
    """Least and largest of the finite values, a little apart from the points at both ends; 0 to 1 where there is none."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    room = (high - low) * pad or abs(high) * 0.1 or 1.0
    return low - room, high + room


def drawn(line: Line, at: Callable[[float, float], Point], steps: bool) -> list[Html]:
    """A curve's path, and its points with what they are."""
    parts: list[str] = []
    dots: list[Html] = []
    begun = False
    for x, y in line.points:
        if not (math.isfinite(x) and math.isfinite(y)):
            begun = False
            continue
        across, up = at(x, y)
        parts.append(f"H{across:.1f}V{up:.1f}" if begun and steps else f"{'L' if begun else 'M'}{across:.1f} {up:.1f}")
        begun = True
        if line.dots:
            title = el("title", f"{line.label}: {number(y)} at {number(x)}")
            dots.append(el("circle", title, cx=f"{across:.1f}", cy=f"{up:.1f}", r=2.6, class_=f"dot {line.css}"))
    css = f"curve {line.css}{' faint' if line.faint else ''}"
    return [el("path", d="".join(parts), class_=css, stroke_dasharray=line.dashes or None), *dots]


def described(lines: Iterable[Line]) -> str:
    """Where each curve begins and ends, in words."""
    said: list[str] = []
    for line in lines:
        finite = [y for _, y in line.points if math.isfinite(y)]
        if finite and not line.faint:
            said.append(f"{line.label} from {number(finite[0])} to {number(finite[-1])}")
    return ", ".join(said) or "no curve"


def numbers(chart: Chart) -> list[Html]:
    """The points as tables; curves with the same x share one."""
    groups: dict[tuple[float, ...], list[Line]] = {}
    for line in chart.lines:
        groups.setdefault(tuple(x for x, _ in line.points), []).append(line)
    found: list[Html] = []
    for xs, lines in groups.items():
        rows: list[list[Cell]] = [[x, *(line.points[k][1] for line in lines)] for k, x in enumerate(xs)]
        head = [chart.x, *(line.label for line in lines)]
        found.append(table(head, rows, label=f"numbers of {chart.title}"))
    return found


def charts(found: Sequence[Chart], *, shared: bool = False) -> Html:
    """Charts beside each other.

    Args:
        found: The charts.
        shared: Whether one legend stands for all, and the words of the axes above them, as with small ones.
    """
    if not shared:
        return el("div", *map(figure, found), class_="charts")
    lines = [line for chart in found for line in chart.lines]
    axes = el("p", f"Each: {found[0].y}, over {found[0].x}.", class_="note")
    return join(legend_of(lines), axes, el("div", *(figure(c, legend=False) for c in found), class_="charts many"))
