"""Horizontal bar charts. Each bar is below its name, as names can be long and pages narrow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from spikegraph.charts.format_number import number, with_deviation
from spikegraph.charts.look import Look, by_class, colour, dash
from spikegraph.charts.markup import Html, el
from spikegraph.charts.ticks import share

WIDTH, NAME, BAR, GAP, VALUE, CHARACTER = 380, 15, 10, 7, 66, 6.8
"""Sizes in units of the drawing: total width, height of a name and a bar, gap below them, least width of a number, and the
largest width of one of its characters."""
SCALE = 24
"""Height of the scale above the bars."""
PART = 12
"""Maximum number of names per column."""


@dataclass(frozen=True)
class Bars:
    """A bar chart.

    Attributes:
        title: Title above the chart.
        unit: Unit of the numbers.
        values: Numbers by name, then by series; a series can lack a number.
        series: Labels of the series, in the order of the colours.
        note: A line below the title.
        largest: The value of a full bar unless a number is larger, with a scale above the bars; by default the largest number,
            without a scale.
        css: CSS classes for bars of some names, instead of the series' colours.
        deviations: Standard deviations of numbers that are means, drawn on both sides of a bar's end.
        marks: Values at which a line crosses all bars, by what they are.
    """

    title: str
    unit: str
    values: Mapping[str, Mapping[str, float]]
    series: Sequence[str]
    note: str | None = None
    largest: float | None = None
    css: Mapping[str, str] = field(default_factory=dict[str, str])
    deviations: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    marks: Mapping[str, float] = field(default_factory=dict[str, float])

    def deviation(self, name: str, label: str) -> float | None:
        """The standard deviation of a number; None if it has none."""
        return self.deviations.get(name, {}).get(label)

    @cached_property
    def range(self) -> tuple[float, float]:
        """The values at the left and the right end: 0, or the smallest number below it, and that of a full bar."""
        ends = [0.0]
        for name, of in self.values.items():
            for label, value in of.items():
                deviation = 0.0 if self.largest else self.deviation(name, label) or 0.0
                ends.append(value + math.copysign(deviation, value))
        found = [end for end in ends if math.isfinite(end)]
        low, high = min(found), max(found)
        high = max(self.largest or high, high)
        return (low, high) if low < high else (0.0, 1.0)

    def at(self, value: float) -> float:
        """Where a number is between both ends, from 0 to 1; beyond them at the nearer one, and at 0 what isn't a number."""
        low, high = self.range
        return 0.0 if math.isnan(value) else share(min(max(value, low), high), low, high)

    @property
    def room(self) -> int:
        """The width of the numbers."""
        texts = [with_deviation(v, self.deviation(name, k)) for name, of in self.values.items() for k, v in of.items()]
        return max(VALUE, math.ceil(CHARACTER * max(map(len, texts), default=0)))

    @property
    def columns(self) -> list[list[str]]:
        """The names, divided into columns of about the same length."""
        names = list(self.values)
        length = -(-len(names) // max(1, -(-len(names) // PART)))
        return [names[k : k + length] for k in range(0, len(names), length or 1)]


def bars_svg(chart: Bars, names: Sequence[str], width: int = WIDTH) -> Html:
    """The drawing of these names for a page, `width` units wide."""
    parts, height = bars_parts(chart, names, by_class, width)
    described = [f"{name} {', '.join(map(number, chart.values[name].values()))}" for name in names]
    label = f"{chart.title}, {chart.unit}: {'; '.join(described)}"
    label += "".join(f"; a line at {number(at)}, {mark}" for mark, at in chart.marks.items())
    css = "crossed" if chart.marks else None
    return el("svg", *parts, viewBox=f"0 0 {width} {max(height, 1)}", role="img", aria_label=label, class_=css)


def bars_parts(chart: Bars, names: Sequence[str], look: Look, width: int) -> tuple[list[Html], int]:
    """The bars of these names, `width` units wide, and their height."""
    room = width - chart.room
    scale = [] if chart.largest is None else _scale(chart, room, look)
    bars, titles = list[Html](), list[Html]()
    y = SCALE if scale else 0
    for name in names:
        titles.append(el("text", name, x=0, y=y + 11, **look("name")))
        y += NAME
        for label, value in chart.values[name].items():
            bars.append(_bar(chart, name, label, value, y, width, look))
            y += BAR + 2
        y += GAP
    top, bottom = SCALE - 6 if scale else 0, y - GAP
    lines = _marks(chart, top, bottom, room, look)
    if chart.range[0] < 0:
        zero = round(chart.at(0.0) * room, 1)
        lines.append(el("line", x1=zero, y1=top, x2=zero, y2=bottom, **look("axis")))
    return [*scale, *bars, *lines, *titles], y


def _bar(chart: Bars, name: str, label: str, value: float, y: int, width: int, look: Look) -> Html:
    """A bar from 0 with its number at the right of the chart."""
    room, deviation = width - chart.room, chart.deviation(name, label)
    text = with_deviation(value, deviation)
    left, right = sorted(round(chart.at(v) * room, 1) for v in (0.0, 0.0 if math.isnan(value) else value))
    css = f"bar {chart.css.get(name) or colour(chart.series.index(label))}"
    whisker = None
    if deviation is not None:
        low, high = (round(chart.at(value + d) * room, 1) for d in (-deviation, deviation))
        whisker = el("line", x1=low, y1=y + BAR / 2, x2=high, y2=y + BAR / 2, **look("whisker"))
    return el(
        "g",
        el("title", f"{name}{', ' + label if len(chart.series) > 1 else ''}: {text}"),
        el("rect", x=0, y=y, width=room, height=BAR, **look("track")),
        el("rect", x=left or 0, y=y, width=round(right - left, 1), height=BAR, **look(css)),
        whisker,
        el("text", text, x=width, y=y + 9, text_anchor="end"),
    )


def _marks(chart: Bars, top: float, bottom: float, room: float, look: Look) -> list[Html]:
    """The lines across all bars, which differ in their dashes."""
    found: list[Html] = []
    for k, value in enumerate(chart.marks.values()):
        x = round(chart.at(value) * room, 1)
        found.append(el("line", x1=x, y1=top, x2=x, y2=bottom, stroke_dasharray=dash(k) or None, **look("crossing")))
    return found


def _scale(chart: Bars, room: int, look: Look) -> list[Html]:
    """The numbers at both ends and in the middle of the longest possible bar."""
    found: list[Html] = []
    low, high = chart.range
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x = part * room
        found.append(el("text", number((1 - part) * low + part * high), x=x, y=12, text_anchor=anchor, **look("label")))
        found.append(el("line", x1=x, y1=15, x2=x, y2=SCALE - 3, **look("axis")))
    return found
