"""Spikes and membrane potentials of each layer for one sample, beside its events."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from spikegraph.backends.report import pictures
from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.figures import line_figure
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import absent
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.charts.raster import Raster, raster_svg
from spikegraph.data.source import spread
from spikegraph.runs.rasters import LayerRaster, Rasters

MOST_PICTURES = 12
"""Most time steps whose events are shown."""

CHANGES = "the threshold isn't drawn: it is learned, or changes from step to step"


def rasters(run: Record, number: int) -> Html | None:
    """The rasters of a run, the number of which makes names on the page differ; None before its evaluation."""
    found = run.rasters
    if found is None:
        how = f"Run `spikegraph evaluate {run.path} --examples` to add them."
        return absent("This run has no stored spikes and membrane potentials.", how) if run.metrics else None
    names = [layer.name for layer in found.layers]
    options = [el("option", name, value=f"layer-{number}-{k}") for k, name in enumerate(names)]
    choice = el("label", "layer ", el("select", *options, class_="layers", autocomplete="off"), class_="by left")
    note = (
        f"{found.sample}: neurons are spread evenly over each layer; potentials, before the reset, are those of the neurons"
        " among them that fire most. A spike follows where the potential is above the threshold."
    )
    layers = [_layer(layer, f"layer-{number}-{k}", run.label) for k, layer in enumerate(found.layers)]
    return join(el("p", note, class_="note"), choice, el("div", _events(found), *layers, class_="rasters"))


def _events(found: Rasters) -> Html | None:
    """The events of some time steps."""
    shown: list[Html] = []
    for name, frames in found.events.items():
        for t in spread(len(frames), MOST_PICTURES):
            small = max(frames[t].shape) < 64
            image = pictures.picture(pictures.events(frames[t]), frames[t].shape, f"{name}, time step {t}", sharp=small)
            caption = f"step {t}" if len(found.events) == 1 else f"{name}, step {t}"
            shown.append(el("figure", image, el("figcaption", caption)))
    head = el("figcaption", el("strong", "events"))
    return el("figure", head, el("div", *shown, class_="views frames"), class_="seen") if shown else None


def _layer(layer: LayerRaster, key: str, label: str) -> Html:
    drawn = [_spikes(layer, label), *([_potentials(layer, label)] if layer.potentials.size else [])]
    return el("div", *drawn, id=key, class_="charts layer")


def _spikes(layer: LayerRaster, label: str) -> Html:
    steps, count = layer.spikes.shape
    fired = [np.flatnonzero(layer.spikes[:, k]).tolist() for k in range(count)]
    title = f"spikes of {layer.name}"
    rows: list[list[Cell]] = [
        [unit, sum(layer.spikes[:, k].tolist()), " ".join(map(str, fired[k]))] for k, unit in enumerate(layer.units.tolist())
    ]
    head = ["neuron", "spikes", "time steps"]
    note = (
        f"{count:,} of {layer.neurons:,} neurons{'; a mark may be several spikes' if layer.spikes.max(initial=0) > 1 else ''}"
    )
    return el(
        "figure",
        el("figcaption", el("strong", title), el("span", note, class_="note")),
        raster_svg(Raster(title, steps, fired, layer.units.tolist(), int(layer.spikes.sum())), "s0"),
        el(
            "div",
            el("details", el("summary", "Numbers"), table(head, rows, label=f"numbers of {title}, {label}")),
            links(title, head, rows, label),
            class_="below",
        ),
        class_="chart",
    )


def _potentials(layer: LayerRaster, label: str) -> Html:
    line = partial(_line, layer)
    lines = [line(k, unit) for k, unit in enumerate(layer.units[layer.chosen].tolist())]
    if layer.threshold is not None:
        ends = [(0.0, layer.threshold), (float(len(layer.spikes)), layer.threshold)]
        lines.append(Line("threshold", ends, "muted", "4 3"))
    note = None if layer.threshold is not None else CHANGES
    title = f"potentials of {layer.name}"
    chart = Chart(title, "time step", "membrane potential u", lines, whole=True, from_zero=True, note=note)
    return line_figure(chart, group=label)


def _line(layer: LayerRaster, number: int, unit: int) -> Line:
    """The potential of a neuron, in the middle of each time step."""
    points: Sequence[tuple[float, float]] = [(float(t), float(u)) for t, u in enumerate(layer.potentials[:, number])]
    return Line(f"neuron {unit:,}", points, colour(number), dash(number), dots=len(points) < 24, shift=0.5)
