"""The section of results compared with the baselines, of progress, and of what the run was started with."""

from collections.abc import Iterable, Mapping, Sequence

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.figures import bar_numbers
from spikegraph.backends.report.html_table import Cell, facts, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, columns
from spikegraph.backends.report.sections.overview import means
from spikegraph.backends.report.sections.summary import clock
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.bars import Bars, bars_svg
from spikegraph.charts.format_number import number
from spikegraph.charts.look import colour
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison
from spikegraph.runs.controls_text import asked_text, controls_text, incomparable_text
from spikegraph.runs.losses import latest
from spikegraph.runs.metrics import Directions, direction
from spikegraph.runs.summary import NETWORK

TILE = 250
"""Width of a tile's bars, in units of the drawing."""


def section(runs: Sequence[Record], comparison: Comparison | None = None) -> Section:
    """The section; several runs have a `comparison`, whose means and deviations come first."""
    methods = methods_of(runs)
    parts = [] if comparison is None else [means(comparison)]
    if methods:
        order, directions = [r.label for r in runs], directions_in(runs)
        tiles = [tile(metric, methods, order, better(metric, directions)) for metric in metrics_of(methods)]
        parts += [el("div", *tiles, class_="tiles"), results(methods)]
    parts += [
        absent(f"The baselines of {r.label} are not measured yet.") for r in runs if r.metrics and not r.summary.baselines
    ]
    parts.append(columns([(r.label, join(phases(r), _controls(r), _facts(r))) for r in runs], len(runs) > 1))
    return Section("results", "Results", join(*parts))


def directions_in(runs: Iterable[Record]) -> dict[str, bool]:
    """Whether higher is better, by metric, as far as the runs have stored it."""
    return {metric: higher for run in runs for metric, higher in run.directions.items()}


def better(metric: str, directions: Directions) -> str:
    """States if higher or lower values of a metric are better, or that it isn't known."""
    higher = direction(metric, directions)
    return "unknown whether higher is better" if higher is None else "higher is better" if higher else "lower is better"


def methods_of(runs: Sequence[Record]) -> dict[str, Mapping[str, float]]:
    """Metrics by method: networks, then baselines; a baseline with the same metrics in all runs is listed once."""
    several = len(runs) > 1
    found: dict[str, Mapping[str, float]] = {r.label if several else NETWORK: r.metrics for r in runs if r.metrics}
    for run in runs:
        for name, metrics in run.summary.baselines.items():
            known = found.get(name) in (None, metrics)
            found[name if known else f"{name} ({run.label})"] = metrics
    return found


def metrics_of(methods: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The names of all metrics, in order of first occurrence."""
    return list(dict.fromkeys(m for metrics in methods.values() for m in metrics))


def tile(metric: str, methods: Mapping[str, Mapping[str, float]], order: Sequence[str], how: str) -> Html:
    """A metric as a large number if there is one run, and as bars of all methods, networks in the colours of their runs."""
    name, unit = name_and_unit(metric)
    values = {method: {name: of[metric]} for method, of in methods.items() if metric in of}
    own = methods.get(NETWORK, {}).get(metric)
    css = {m: "muted" if m not in (NETWORK, *order) else colour(order.index(m) if m in order else 0) for m in values}
    chart = Bars(name, unit or name, values, [name], largest=100.0 if unit == "%" else None, css=css)
    figure = None if own is None else el("p", number(own), el("small", f" {unit}"), class_="figure")
    note = how if own is not None or not unit else f"{unit}; {how}"
    below = el("div", el("span", note, class_="note"), links(name, *bar_numbers(chart)), class_="below")
    return el("figure", el("h3", name), figure, bars_svg(chart, list(values), TILE), below, class_="tile chart")


def results(methods: Mapping[str, Mapping[str, float]]) -> Html:
    """All metrics in a folded table."""
    metrics = metrics_of(methods)
    rows: list[list[Cell]] = [[method, *(of.get(m) for m in metrics)] for method, of in methods.items()]
    head = ["method", *(f"{name} ({unit})" if unit else name for name, unit in map(name_and_unit, metrics))]
    return el("details", el("summary", "All metrics"), table(head, rows, label="metrics by method"))


def phases(run: Record) -> Html:
    """The progress of each phase, as a table."""
    rows: list[list[Cell]] = []
    for phase, done in (("search", run.summary.search), ("retrain", run.summary.retrain)):
        lines = [e for e in run.entries if e.phase == phase]
        if done is not None:
            rows.append([phase, done.epochs, done.steps, clock(done.seconds), done.losses.get("loss"), done.parameters])
        elif (at := latest(lines, phase)) is not None:
            spent = max(e.time for e in lines) - min(e.time for e in lines)
            rows.append([f"{phase} (in progress)", at.epoch, None, clock(spent), at.losses.get("loss"), None])
    if not rows:
        return absent("No training step yet.")
    head = ["phase", "epochs", "steps", "time", "mean loss of the latest epoch", "parameters"]
    return table(head, rows, label=f"phases of {run.label}")


def _controls(run: Record) -> Html:
    """How the network compares with random architectures, and the values of all."""
    controls = run.summary.controls
    if controls is None:
        return join()
    if not controls.metric and run.complete:
        return absent(f"The {incomparable_text(controls)}.")
    if not controls.metric:
        return absent(f"There will be {asked_text(controls)} to compare with, which aren't all trained yet.")
    name, unit = name_and_unit(controls.metric)
    rows: list[list[Cell]] = [[f"control {number}", value] for number, value in enumerate(controls.values, 1)]
    found = table(["architecture", f"{name} ({unit})" if unit else name], rows, label=f"controls of {run.label}")
    text = f"Controls: {controls_text(controls, run.metrics[controls.metric])}."
    return join(el("p", text), el("details", el("summary", "All controls"), found))


def _facts(run: Record) -> Html:
    m = run.manifest
    evaluation = run.summary.evaluation
    versions = ", ".join(f"{k} {v}" for k, v in m.versions.items())
    return facts(
        [
            ("folder", str(run.path)),
            ("spec", m.spec),
            ("data", m.data),
            *(("note", note) for note in run.notes),
            ("test samples", None if evaluation is None else f"{evaluation.samples:,}"),
            ("seed", str(m.seed)),
            ("device", f"{m.device}, {m.precision}"),
            ("started", m.started),
            ("versions", versions or None),
        ]
    )
