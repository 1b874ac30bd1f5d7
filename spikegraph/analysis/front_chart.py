"""The chart of a front: scores over prices."""

from collections.abc import Mapping, Sequence
from math import isfinite

from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour
from spikegraph.charts.panels import svg_file
from spikegraph.runs.front import FrontPoint

APART = (float("nan"), float("nan"))
"""A break of a line."""


def front_chart(points: Sequence[FrontPoint], others: Sequence[Mapping[str, float]] = ()) -> Chart:
    """The chart: what is reached at a price is a step line, other networks are dots.

    Args:
        points: The networks on the front, from the least price.
        others: The values of networks that the front dominates.
    """
    score, price = points[0].labels
    lines = [Line("front", [_at(point.values) for point in points], colour(0), dots=True)]
    found = [at for values in others if all(map(isfinite, at := _at(values)))]
    if found:
        lines.append(Line("not on the front", [pair for at in found for pair in (at, APART)], colour(1), "1 4", dots=True))
    return Chart(f"{score} over {price}", price, score, lines, steps=True)


def _at(values: Mapping[str, float]) -> tuple[float, float]:
    score, price = values.values()
    return price, score


def front_svg(points: Sequence[FrontPoint], others: Sequence[Mapping[str, float]] = ()) -> str:
    """The text of an SVG file of the chart."""
    chart = front_chart(points, others)
    return svg_file([chart], f"The front of a search: {chart.title}, {len(points)} networks")
