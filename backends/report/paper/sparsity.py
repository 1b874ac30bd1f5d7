"""How many neurons fire: over time beside the density of events, and by neuron with the energy (Figs. 4 c, 4 d and 5)."""

from collections.abc import Callable, Mapping, Sequence
from math import prod

from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.graphviz.node_names import unit_of
from spikegraph.backends.report.paper.piece import ROOM, UNIT, Piece, bars, charts, scaled
from spikegraph.backends.report.paper.refusal import lacks
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.costs import rates_of
from spikegraph.charts.bars import Bars
from spikegraph.charts.format_number import number
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import INK, colour, dash
from spikegraph.charts.markup import Html, el
from spikegraph.ir.graph import Graph, Node
from spikegraph.runs.activity import Activity

Measure = Callable[[Record], Activity]
"""Measures a run's activity over time."""

FLAT = 2
"""The axes of an image; what lies behind a cost volume has a third, disparity."""

ROW = 20
"""Height of a row of a table, in units of a chart."""


def features(runs: Sequence[Record], measure: Measure) -> list[Piece]:
    """Firing rates of the layers that compute [C, H, W], and the density of the events, over the time steps (Fig. 4 c)."""
    return [charts([_over_time("4c", run, measure, deep=False)]) for run in runs]


def matching(runs: Sequence[Record], measure: Measure) -> list[Piece]:
    """The same of the layers behind a cost volume, which compute [C, D, H, W] (Fig. 4 d)."""
    return [charts([_over_time("4d", run, measure, deep=True)]) for run in runs]


def _over_time(name: str, run: Record, measure: Measure, *, deep: bool) -> Chart:
    plain, outline = _graphs(name, run)
    neurons = [node for node in plain if node.op.traits.fires and (len(node.value.size) > FLAT) == deep]
    if not neurons and deep:
        raise lacks(name, run, "layers behind a cost volume", "give a run of a stereo spec, or draw figure 4c")
    if not neurons or not all(node.value.steps for node in plain.inputs().values()):
        raise lacks(name, run, "spiking layers that see events", "give a run of a spec with events or sequences")
    found = measure(run)
    steps = range(1, len(next(iter(found.events.values()))) + 1)
    layers: dict[str, list[Node]] = {}
    for node in neurons:  # the uses of a layer, such as those of both views, are one
        if node.name in found.rates:
            layers.setdefault(unit_of(node, outline).weights, []).append(node)
    curves = {layer: list(zip(map(float, steps), _mean(of, found), strict=True)) for layer, of in layers.items()}
    lines = [Line(layer, points, colour(k), dash(k)) for k, (layer, points) in enumerate(curves.items())]
    density = [sum(values) / len(values) for values in zip(*found.events.values(), strict=True)]
    lines.append(Line("events", list(zip(map(float, steps), density, strict=True)), "muted", "2 2"))
    what = "layers behind the cost volume" if deep else "layers of features"
    return Chart(f"{run.label}: {what}", "time step", "share of active values", lines, whole=True, y_range=(0.0, _top(lines)))


def _top(lines: Sequence[Line]) -> float:
    return max(0.05, *(1.05 * y for line in lines for _, y in line.points))


def _graphs(name: str, run: Record) -> tuple[Graph, Graph]:
    if isinstance(run.built, str):
        raise lacks(name, run, f"a network, but {run.built}", "give a run of this version, or `spikegraph upgrade` it")
    if not run.metrics:
        raise lacks(name, run, "a trained network", f"wait for its end, or resume it with `{run.resume_command}`")
    return run.built.plain, run.built.outline


def _mean(nodes: Sequence[Node], found: Activity) -> list[float]:
    """The mean over all neurons of some nodes, at each time step."""
    sizes = [node.value.channels * prod(node.value.size) for node in nodes]
    return [
        sum(size * rate for size, rate in zip(sizes, rates, strict=True)) / sum(sizes)
        for rates in zip(*(found.rates[node.name] for node in nodes), strict=True)
    ]


def sparsity(runs: Sequence[Record]) -> list[Piece]:
    """The firing rate of every neuron on the test set, and the operations and the energy of a time step (Fig. 5, table 3)."""
    found: list[Piece] = []
    for run in runs:
        rates = rates_of(run)
        if not rates:
            raise lacks("5", run, "measured firing rates", f"wait for the end of the run, or run `{run.resume_command}`")
        named = {neuron: {run.label: rate} for neuron, rate in rates.items()}
        title = "firing rate, spikes per neuron and time step"
        drawn = bars(Bars(title, "", named, [run.label], largest=max(1.0, *rates.values())))
        found += [drawn[0].called(f"{run.label}: {title}"), *drawn[1:]]
    return [*found, _costs({run.label: _statistics(run) for run in runs})]


def _statistics(run: Record) -> Statistics:
    plain, outline = _graphs("5", run)
    assert not isinstance(run.built, str)
    return Statistics.evaluated(outline, plain, run.summary.evaluation, time=run.built.time_steps)


def _costs(found: Mapping[str, Statistics]) -> Piece:
    """A table of operations and energy, by the model that all networks have."""
    (model,) = {costs.model.name for costs in found.values()}
    head = ("network", "additions", "multiply-accumulates", f"mJ ({model})")
    rows = [head, *(_row(label, costs) for label, costs in found.items())]
    ends = (0, ROOM * 0.48, ROOM * 0.77, ROOM)
    parts: list[Html] = [el("line", x1=0, y1=ROW + 2, x2=ROOM, y2=ROW + 2, stroke=INK, stroke_width=0.7)]
    for k, cells in enumerate(rows):
        for cell, x in zip(cells, ends, strict=True):
            parts.append(el("text", cell, x=x, y=ROW * (k + 1) - 5, text_anchor="end" if x else "start"))
    return scaled(parts, ROOM, ROW * len(rows) + 4, UNIT).called("operations and energy of a time step")


def _row(label: str, costs: Statistics) -> tuple[str, str, str, str]:
    additions, products = sum(layer.fired for layer in costs.layers), sum(layer.multiplications for layer in costs.layers)
    return label, number(additions), number(products), number(costs.millijoules)
