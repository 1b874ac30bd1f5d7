"""Parallel coordinates: an axis for each setting and metric, and a line for each run through its values (Inselberg, 1985)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Html, el
from spikegraph.charts.ticks import share, texts, ticks

Value = str | int | float | bool | None

WIDTH, HEIGHT, TOP, BOTTOM, SIDE = 960, 300, 52, 16, 110
"""The size of the drawing and its margins; names of axes are above them."""

MOST_PLACES = 8
"""Most different numbers that are drawn at equal distances, with each of them written at the axis; more have a scale."""

NAME = 30
"""Most characters of an axis's name in the drawing."""


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes:
        name: What its values are.
        values: The value of each line; None if it has none.
        measured: Numbers have a scale also if there are few, as those of metrics.
    """

    name: str
    values: Sequence[Value]
    measured: bool = False

    @cached_property
    def places(self) -> dict[Value, float] | None:
        """The height of each value, from 0 to 1, if they are at equal distances; None if they have a scale."""
        found = {v for v in self.values if v is not None}
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)
        if numbers and (self.measured or len(found) > MOST_PLACES):
            return None
        ordered = sorted(found, key=float) if numbers else sorted(found, key=str)  # pyright: ignore[reportArgumentType]
        return {v: 0.5 if len(ordered) == 1 else k / (len(ordered) - 1) for k, v in enumerate(ordered)}

    @cached_property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest number."""
        numbers = [float(v) for v in self.values if isinstance(v, int | float)]
        low, high = min(numbers), max(numbers)
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def marks(self) -> list[tuple[str, float]]:
        """The texts at the axis, with their heights from 0 to 1."""
        if (places := self.places) is not None:
            return [(written(v), height) for v, height in places.items()]
        low, high = self.range
        marks = [v for v in ticks(low, high, 6) if low <= v <= high]
        short = [number(v) for v in marks]
        found = short if len({*short}) == len(marks) else texts(marks)
        return [(text, share(v, low, high)) for text, v in zip(found, marks, strict=True)]

    def height(self, value: Value) -> float | None:
        """The height of a value, from 0 to 1; None if there is none."""
        if value is None:
            return None
        if (places := self.places) is not None:
            return places[value]
        return share(float(value), *self.range)


def written(value: Value) -> str:
    """A value as text."""
    return number(value) if isinstance(value, float) else str(value)


def parallel_svg(title: str, scales: Sequence[Scale], best: Sequence[float | None]) -> Html:
    """The drawing for a page; a line is as strong in the colour of spikes as its run is good.

    Args:
        title: What the lines are, for the description.
        scales: The axes, at least two, from left to right.
        best: By line, how good it is, from 0 to 1; None if that isn't known.
    """
    step = (WIDTH - 2 * SIDE) / (len(scales) - 1)
    xs = [SIDE + k * step for k in range(len(scales))]
    lines = [_line(k, scales, xs, best[k]) for k in sorted(range(len(best)), key=lambda k: best[k] or 0.0)]
    parts: list[Html] = [el("g", *lines, class_="parallel")]
    for k, (scale, x) in enumerate(zip(scales, xs, strict=True)):
        parts += _axis(scale, x, TOP - 14 - 16 * (k % 2) * (len(scales) > 4))
    label = f"{title}: {len(best)} lines through {', '.join(s.name for s in scales)}"
    return el("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)


def _y(height: float) -> float:
    return HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM)


def _axis(scale: Scale, x: float, name_y: float) -> list[Html]:
    name = scale.name if len(scale.name) <= NAME else f"…{scale.name[1 - NAME :]}"
    found = [
        el("line", x1=f"{x:.1f}", y1=TOP, x2=f"{x:.1f}", y2=HEIGHT - BOTTOM, class_="axis"),
        el("text", el("title", scale.name), name, x=f"{x:.1f}", y=name_y, text_anchor="middle", font_weight="bold"),
    ]
    for text, height in scale.marks():
        found.append(el("text", text, x=f"{x - 6:.1f}", y=f"{_y(height) + 4:.1f}", text_anchor="end", class_="label"))
    return found


def _line(number: int, scales: Sequence[Scale], xs: Sequence[float], good: float | None) -> Html:
    """A line, which a missing value breaks."""
    path, begun = list[str](), False
    for scale, x in zip(scales, xs, strict=True):
        height = scale.height(scale.values[number])
        if height is not None:
            path.append(f"{'L' if begun else 'M'}{x:.1f} {_y(height):.1f}")
        begun = height is not None
    style = None if good is None else f"--good:{100 * good:.0f}%"
    return el("path", d="".join(path), data_run=number, style=style)
