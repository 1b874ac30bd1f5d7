"""The section of losses, accuracy, learning rates and retrained snapshots of the search (Che et al., NeurIPS 2022, Fig. 7)."""

import math
from collections.abc import Callable, Mapping, Sequence

from spikegraph.backends.report.figures import line_figures
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, code
from spikegraph.backends.report.sections.results import better
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.axes import Point
from spikegraph.charts.lines import MID_EPOCH, Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.runs.entries import StepEntry
from spikegraph.runs.folder import PHASES
from spikegraph.runs.summary import Metrics

MOST = 160
"""Largest number of points in a curve of steps; more are averaged."""

LEAD = (
    "Losses are means over the steps since the previous point (thin lines), and over epochs (thick lines, drawn at"
    " mid-epoch). Metrics are measured at the end of an epoch."
)


def section(runs: Sequence[Record]) -> Section:
    """The section. The latest phase comes first, so that the first screen shows the current curves."""
    parts: list[Html] = []
    for phase in reversed(PHASES):
        checked = {r.label: {e.epoch: e.metrics for e in r.epochs(phase) if e.metrics} for r in runs}
        found = [*losses(runs, phase), *measured(checked, "epoch", "validation set"), *rates(runs, phase)]
        if found:
            parts += [el("h3", phase.capitalize()), line_figures(found, group=phase)]
        if found and not any(checked.values()):
            parts.append(_unchecked(phase))
    progress = measured({run.label: run.snapshots for run in runs}, "epoch of the search")
    if progress:
        parts += [el("h3", "Snapshots of the search after a short retraining"), line_figures(progress, group="snapshots")]
    if not parts:
        parts = [absent("No training step yet.", "Curves appear with the first entry in `metrics.jsonl`.")]
    return Section("curves", "Loss and accuracy", join(*parts, el("p", LEAD, class_="note")), link="Curves")


def _unchecked(phase: str) -> Html:
    text = f"No metrics per epoch: no epoch is complete, or the spec's `{phase}` has no `validate`, such as `validate = 0.1`."
    return el("p", *code(text), class_="note")


def losses(runs: Sequence[Record], phase: str) -> list[Chart]:
    """A chart for each loss of a phase, with a curve for each run."""
    names = list(dict.fromkeys(n for r in runs for e in (*r.steps(phase), *r.epochs(phase)) for n in e.losses))
    found: list[Chart] = []
    for name in names:
        lines: list[Line] = []
        for k, run in enumerate(runs):
            label = run.label if len(runs) > 1 else "mean of the epoch"
            steps = thinned(of_steps(run, phase, lambda e, n=name: e.losses.get(n)))
            if steps:
                lines.append(Line(f"{run.label}, steps", steps, colour(k), faint=True))
            epochs = [(float(e.epoch), e.losses[name]) for e in run.epochs(phase) if name in e.losses]
            if epochs:
                lines.append(Line(label, epochs, colour(k), dash(k), dots=True, shift=MID_EPOCH))
        if lines:
            found.append(Chart(name.replace("_", " "), "epoch", "loss", lines, whole=True, from_zero=True, log_switch=True))
    return found


def rates(runs: Sequence[Record], phase: str) -> list[Chart]:
    """The chart of the weights' learning rate, if there is a step."""
    lines: list[Line] = []
    for k, run in enumerate(runs):
        points = thinned(of_steps(run, phase, lambda e: e.lr))
        if points:
            lines.append(Line(run.label, points, colour(k), dash(k)))
    return [Chart("learning rate of the weights", "epoch", "learning rate", lines, whole=True, from_zero=True)] if lines else []


def of_steps(run: Record, phase: str, value: Callable[[StepEntry], float | None]) -> list[Point]:
    """A value of each step entry; x is the number of epochs, such as 0.5 in the middle of the first."""
    entries = run.steps(phase)
    whole = max((e.step for e in entries), default=0) or 1
    found = [(e.epoch - 1 + e.step / whole, value(e)) for e in entries]
    return [(x, y) for x, y in found if y is not None]


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most `MOST` points, each the mean of consecutive points."""
    width = math.ceil(len(points) / MOST) or 1
    groups = [points[k : k + width] for k in range(0, len(points), width)]
    return [(g[-1][0], sum(y for _, y in g) / len(g)) for g in groups]


def measured(found: Mapping[str, Mapping[int, Metrics]], axis: str, where: str = "") -> list[Chart]:
    """A chart for each metric over the epochs, with a curve for each run, by its label; `where` is the data set."""
    runs = [(k, label, epochs) for k, (label, epochs) in enumerate(found.items()) if epochs]
    charts: list[Chart] = []
    for metric in dict.fromkeys(m for _, _, epochs in runs for metrics in epochs.values() for m in metrics):
        name, unit = name_and_unit(metric)
        lines = [Line(label, _of_metric(epochs, metric), colour(k), dash(k), dots=True) for k, label, epochs in runs]
        note = f"{where}; {better(metric)}" if where else better(metric)
        charts.append(Chart(name, axis, f"{name} ({unit})", lines, whole=True, from_zero=True, note=note))
    return charts


def _of_metric(epochs: Mapping[int, Metrics], metric: str) -> list[Point]:
    return [(float(epoch), found[metric]) for epoch, found in epochs.items() if metric in found]
