"""The section of losses, accuracy, learning rates and retrained snapshots of the search (Che et al., NeurIPS 2022, Fig. 7)."""

import math
from collections.abc import Callable, Mapping, Sequence

from spikegraph.backends.report import clocks
from spikegraph.backends.report.figures import line_figures
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.repeated import Repeated, mean_line, repeated
from spikegraph.backends.report.section import Section, absent, code
from spikegraph.backends.report.sections.results import better, directions_in
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.axes import Point
from spikegraph.charts.lines import MID_EPOCH, Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison
from spikegraph.runs.entries import StepEntry
from spikegraph.runs.folder import PHASES
from spikegraph.runs.metrics import Directions
from spikegraph.runs.summary import Metrics

MOST = 160
"""Largest number of points in a curve of steps; more are averaged."""

LEAD = (
    "Losses are means over the steps since the previous point (thin lines), and over epochs (thick lines, drawn at"
    " mid-epoch). Metrics are measured at the end of an epoch."
)

AXES = el(
    "label",
    "by ",
    el("select", *(el("option", name, value=name) for name in ("epoch", "step", "time")), class_="axes", autocomplete="off"),
    class_="by",
)
"""The choice of the x axis, which the page's script handles."""


BANDS = (
    " Runs with the same settings are thin lines around their mean, with a band of one standard deviation on each side, as far"
    " as all of them have a value."
)


def section(runs: Sequence[Record], comparison: Comparison | None = None) -> Section:
    """The section. The latest phase comes first, so that the first screen shows the current curves."""
    groups = repeated(comparison)
    numbers = {group.key: group.numbers for group in groups}
    parts: list[Html] = []
    for phase in reversed(PHASES):
        checked = {r.label: {e.epoch: e.metrics for e in r.epochs(phase) if e.metrics} for r in runs}
        found = [
            *losses(runs, phase, groups),
            *measured(checked, "epoch", directions_in(runs), "validation set", groups),
            *rates(runs, phase, groups),
        ]
        if found:
            written = clocks.written(runs, phase, numbers)
            parts += [el("h3", phase.capitalize()), line_figures(found, group=phase, clocks=written)]
        if found and not any(checked.values()):
            parts.append(_unchecked(phase))
    progress = measured({run.label: run.snapshots for run in runs}, "epoch of the search", directions_in(runs))
    if progress:
        parts += [el("h3", "Snapshots of the search after a short retraining"), line_figures(progress, group="snapshots")]
    if not parts:
        parts = [absent("No training step yet.", "Curves appear with the first entry in `metrics.jsonl`.")]
    note = el("p", LEAD + (BANDS if groups else ""), class_="note")
    return Section("curves", "Loss and accuracy", join(AXES, *parts, note), link="Curves")


def _unchecked(phase: str) -> Html:
    text = f"No metrics per epoch: no epoch is complete, or the spec's `{phase}` has no `validate`, such as `validate = 0.1`."
    return el("p", *code(text), class_="note")


def losses(runs: Sequence[Record], phase: str, groups: Sequence[Repeated] = ()) -> list[Chart]:
    """A chart for each loss of a phase, with a curve for each run, or with the mean of each group."""
    names = list(dict.fromkeys(n for r in runs for e in (*r.steps(phase), *r.epochs(phase)) for n in e.losses))
    found: list[Chart] = []
    for name in names:
        epochs = [[(float(e.epoch), e.losses[name]) for e in run.epochs(phase) if name in e.losses] for run in runs]
        lines = (
            _means([r.label for r in runs], groups, epochs, MID_EPOCH)
            if groups and any(epochs)
            else _of_each(runs, phase, name, epochs)
        )
        if lines:
            axis = axis_of(runs, phase)
            found.append(Chart(name.replace("_", " "), axis, "loss", lines, whole=True, from_zero=True, log_switch=True))
    return found


def _of_each(runs: Sequence[Record], phase: str, name: str, epochs: Sequence[Sequence[Point]]) -> list[Line]:
    """A loss of each run: over its steps, and as means of epochs."""
    lines: list[Line] = []
    for k, run in enumerate(runs):
        label = run.label if len(runs) > 1 else "mean of the epoch"
        steps = thinned(of_steps(run, phase, lambda e: e.losses.get(name), epoch_of(runs, run, phase)))
        if steps:
            lines.append(Line(f"{run.label}, steps", steps, colour(k), faint=True, key=str(k)))
        if epochs[k]:
            lines.append(Line(label, epochs[k], colour(k), dash(k), dots=True, shift=MID_EPOCH, key=str(k)))
    return lines


def _means(
    labels: Sequence[str], groups: Sequence[Repeated], curves: Sequence[Sequence[Point]], shift: float = 0.0
) -> list[Line]:
    """The curves of groups of runs: each run as a thin line, and the mean with its deviation."""
    lines: list[Line] = []
    for place, group in enumerate(groups):
        own = [k for k in group.numbers if curves[k]]
        if len(own) > 1:
            lines += [Line(labels[k], curves[k], colour(place), faint=True, shift=shift, key=str(k)) for k in own]
        mean = mean_line(group, place, [curves[k] for k in own], shift)
        if mean.points:
            lines.append(mean)
    return lines


def rates(runs: Sequence[Record], phase: str, groups: Sequence[Repeated] = ()) -> list[Chart]:
    """The chart of the weights' learning rate, if there is a step; a group whose runs share it has one curve."""
    points = [thinned(of_steps(run, phase, lambda e: e.lr, epoch_of(runs, run, phase))) for run in runs]
    lines: list[Line] = []
    for place, group in enumerate(groups):
        own = {tuple(points[k]) for k in group.numbers if points[k]}
        lines += [Line(group.label, list(of), colour(place), dash(place), key=group.key) for of in own if len(own) == 1]
    if len(lines) < len(groups) or not groups:
        own_place = {k: place for place, group in enumerate(groups) for k in group.numbers}
        lines = [
            Line(run.label, of, colour(own_place.get(k, k)), dash(own_place.get(k, k)), key=str(k))
            for k, (run, of) in enumerate(zip(runs, points, strict=True))
            if of
        ]
    axis = axis_of(runs, phase)
    return [Chart("learning rate of the weights", axis, "learning rate", lines, whole=True, from_zero=True)] if lines else []


def axis_of(runs: Sequence[Record], phase: str) -> str:
    """The name of the x axis: before a first epoch ends it is the step, as the number of steps in an epoch isn't known."""
    return "epoch" if any(run.epochs(phase) for run in runs) else "step of the first epoch"


def epoch_of(runs: Sequence[Record], run: Record, phase: str) -> int:
    """The number of steps that is 1 on the x axis: an epoch of the run, of another one before its first epoch ends, else 1."""
    known = [clocks.steps_of(each, phase) for each in runs if each.epochs(phase)]
    own = clocks.steps_of(run, phase)
    return own if run.epochs(phase) else max(own, *known) if known else 1


def of_steps(run: Record, phase: str, value: Callable[[StepEntry], float | None], whole: int) -> list[Point]:
    """A value of each step entry; x is the number of epochs, of `whole` steps each, such as 0.5 in the middle of the first."""
    found = [(e.epoch - 1 + e.step / whole, value(e)) for e in run.steps(phase)]
    return [(x, y) for x, y in found if y is not None]


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most `MOST` points, each the mean of consecutive points."""
    width = math.ceil(len(points) / MOST) or 1
    groups = [points[k : k + width] for k in range(0, len(points), width)]
    return [(g[-1][0], sum(y for _, y in g) / len(g)) for g in groups]


def measured(
    found: Mapping[str, Mapping[int, Metrics]],
    axis: str,
    directions: Directions,
    where: str = "",
    groups: Sequence[Repeated] = (),
) -> list[Chart]:
    """A chart for each metric over the epochs, with a curve for each run, by its label; `where` is the data set."""
    labels, tables = list(found), list(found.values())
    charts: list[Chart] = []
    for metric in dict.fromkeys(m for epochs in tables for metrics in epochs.values() for m in metrics):
        name, unit = name_and_unit(metric)
        curves = [_of_metric(epochs, metric) for epochs in tables]
        of_each = [Line(labels[k], curve, colour(k), dash(k), dots=True, key=str(k)) for k, curve in enumerate(curves) if curve]
        lines = _means(labels, groups, curves) if groups else of_each
        how = better(metric, directions)
        note = f"{where}; {how}" if where else how
        charts.append(Chart(name, axis, f"{name} ({unit})" if unit else name, lines, whole=True, from_zero=True, note=note))
    return charts


def _of_metric(epochs: Mapping[int, Metrics], metric: str) -> list[Point]:
    return [(float(epoch), found[metric]) for epoch, found in epochs.items() if metric in found]
