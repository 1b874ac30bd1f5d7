"""Many curves on one pair of axes: thin lines, the median of each group, and the band between its quantiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.charts.axes import Axes, Point, Size, drawn_axes
from spikegraph.charts.lines import Line, described, drawn
from spikegraph.charts.look import by_class
from spikegraph.charts.markup import Html, el
from spikegraph.charts.ticks import spread

WIDE = Size(760, 300, right=14, top=10, bottom=40, left=60)

INK = 14.0
"""The sum of the opacities of all thin lines, within bounds: the more there are, the fainter each one is."""


@dataclass(frozen=True)
class Group:
    """Curves of one colour.

    Attributes:
        label: Label in the legend.
        css: CSS class that sets the colour.
        dashes: Dash pattern of the median.
        curves: The curves that are drawn, by the number of their run.
        low: The lower edge of the band.
        median: The median.
        high: The upper edge of the band; it has the same x as the lower edge.
        key: On a page, the name of median and band.
        runs: How many runs median and band are of.
    """

    label: str
    css: str
    dashes: str
    curves: Sequence[tuple[int, Sequence[Point]]]
    low: Sequence[Point]
    median: Sequence[Point]
    high: Sequence[Point]
    key: str
    runs: int


@dataclass(frozen=True)
class Bundle:
    """A pair of axes with groups of curves.

    Attributes:
        title: Title above the chart.
        x: Label of the x axis.
        y: Label of the y axis, with the unit.
        groups: The groups.
        y_range: Smallest and largest y; what lies beyond is drawn at the edge.
        note: A line below the title.
        shift: Added to x in the drawing.
    """

    title: str
    x: str
    y: str
    groups: Sequence[Group]
    y_range: tuple[float, float]
    note: str = ""
    shift: float = 0.0


def medians(bundle: Bundle) -> list[Line]:
    """The medians as curves, for the legend."""
    shift = bundle.shift
    return [Line(g.label, g.median, g.css, g.dashes, dots=len(g.median) == 1, shift=shift, key=g.key) for g in bundle.groups]


def bundle_svg(bundle: Bundle) -> Html:
    """The drawing for a page; `data-run` of a thin line is the number of its run."""
    xs = [x + bundle.shift for g in bundle.groups for of in (g.median, *(curve for _, curve in g.curves)) for x, _ in of]
    axes = Axes.of(WIDE, spread([0.0, *xs], pad=0.02), spread(bundle.y_range, pad=0.06))
    parts = drawn_axes(axes, WIDE, by_class, bundle.title, (bundle.x, bundle.y), whole=True)
    count = sum(len(g.curves) for g in bundle.groups)
    opacity = round(min(0.5, max(0.035, INK / max(count, 1))), 3)
    for group in bundle.groups:
        thin = [el("path", d=_path(curve, axes, bundle), data_run=number) for number, curve in group.curves]
        parts.append(el("g", *thin, class_=f"thin {group.css}", stroke_opacity=opacity))
    for group in bundle.groups:
        edge = [*group.low, *reversed(group.high)]
        if len(group.low) > 1 and group.runs > 2:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(point, axes, bundle) for point in edge))
            parts.append(el("polygon", points=points, class_=f"band {group.css}", data_key=group.key))
    for line in medians(bundle):
        parts += drawn(line, axes, by_class, steps=False, limits=bundle.y_range)
    runs = sum(g.runs for g in bundle.groups)
    label = f"{bundle.title} of {runs:,} runs: {bundle.y} over {bundle.x}; median: {described(medians(bundle))}"
    return el(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDE.width} {WIDE.height}",
        role="img",
        aria_label=label,
        data_x=bundle.x,
        data_range=f"{axes.x[0]:.6g} {axes.x[1]:.6g} {axes.left:g} {axes.right:g}",
    )


def _path(curve: Sequence[Point], axes: Axes, bundle: Bundle) -> str:
    """A curve in tenths of a unit, each point relative to the one before, which is shorter."""
    found: list[str] = []
    before = (0, 0)
    for point in curve:
        x, y = (round(10 * v) for v in _at(point, axes, bundle))
        found.append(f"{'l' if found else 'M'}{(x - before[0]) / 10:g} {(y - before[1]) / 10:g}")
        before = (x, y)
    return "".join(found) + ("h.1" if len(found) == 1 else "")


def _at(point: Point, axes: Axes, bundle: Bundle) -> Point:
    x, y = point
    low, high = bundle.y_range
    return axes.at(x + bundle.shift, min(max(y, low), high) if math.isfinite(y) else high)
