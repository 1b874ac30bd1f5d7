"""Raster plots: a row for each neuron, a column for each time step, and a mark for each spike."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.charts.axes import Axes, Size, drawn_axes
from spikegraph.charts.look import by_class
from spikegraph.charts.markup import Html, el

SIZE = Size(380, 216, right=12, top=10, bottom=40)

GAP = 0.12
"""The share of a column that is left free, so that neighbouring spikes are apart."""


@dataclass(frozen=True)
class Raster:
    """The spikes of some neurons.

    Attributes:
        title: What the neurons are called.
        steps: The number of time steps.
        rows: For each neuron the time steps at which it fires, from 0.
        neurons: The number of each neuron in its layer.
        spikes: How many spikes these are; at one time step a neuron may have several.
    """

    title: str
    steps: int
    rows: Sequence[Sequence[int]]
    neurons: Sequence[int]
    spikes: int


def raster_svg(raster: Raster, css: str) -> Html:
    """The drawing for a page. Spikes of one neuron that follow each other are drawn as one mark.

    Args:
        raster: The spikes.
        css: The CSS class that sets the colour.
    """
    names = [f"{number:,}" for number in raster.neurons]
    axes = Axes.of(SIZE, (0.0, float(raster.steps)), (0.0, float(len(raster.rows))), rows=names)
    frame = drawn_axes(axes, SIZE, by_class, raster.title, ("time step", "neuron"), whole=True)
    marks: list[str] = []
    for number, row in enumerate(raster.rows):
        y = axes.at(0, number + 0.5)[1]
        for first, last in _spans(row):
            left, right = axes.at(first + GAP / 2, 0)[0], axes.at(last + 1 - GAP / 2, 0)[0]
            marks.append(f"M{left:.1f} {y:.1f}H{right:.1f}")
    height = (axes.bottom - axes.top) / max(len(raster.rows), 1)
    spikes = el("path", d="".join(marks), class_=f"spikes {css}", stroke_width=round(0.8 * height, 2))
    label = f"{raster.title}: {raster.spikes:,} spikes of {len(raster.rows)} neurons in {raster.steps} time steps"
    view = f"0 0 {SIZE.width} {SIZE.height}"
    return el("svg", *frame, spikes, viewBox=view, role="img", aria_label=label)


def _spans(row: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of time steps that follow each other."""
    found: list[tuple[int, int]] = []
    for step in row:
        if found and found[-1][1] == step - 1:
            found[-1] = (found[-1][0], step)
        else:
            found.append((step, step))
    return found
