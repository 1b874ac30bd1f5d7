"""The summary of many runs: states, means and spreads by settings, the best run of each spec."""

from collections.abc import Sequence

from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.section import Section, absent
from spikegraph.backends.report.sections import verdict
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.charts.format_number import with_deviation
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Best, Comparison
from spikegraph.runs.metrics import unknown_direction

MOST_POINTS = 200
"""Most combinations of settings in the table."""


def section(comparison: Comparison, labels: Sequence[str]) -> Section:
    """The section; `labels` are the runs' names, in order."""
    names = {id(run): label for run, label in zip(comparison.runs, labels, strict=True)}
    states = [el("span", f"{n:,} {state}", class_=f"state is-{state}") for state, n in comparison.states.items()]
    best = [el("li", *_best(b, names[id(b.choice.run)], several=len(comparison.best) > 1)) for b in comparison.best]
    best += [el("li", f"No best run of {spec}: {unknown_direction(m)}.") for spec, m in comparison.undecided.items()]
    parts = [
        verdict.of_runs(comparison),
        el("p", *(join(state, " ") for state in states)),
        el("ul", *best, class_="states") if best else None,
    ]
    return Section("summary", "Summary", join(*parts, means(comparison)))


def _best(best: Best, label: str, *, several: bool) -> list[str]:
    choice = best.choice
    value = f"{name_and_unit(choice.metric)[0]} {with_unit(choice.metric, choice.value)}"
    by = f"by the {choice.by}: {value}, of {best.of:,} finished runs"
    return [el("b", f"Best of {choice.run.spec}: " if several else "Best run: "), el("b", label), f" {by}"]


def means(comparison: Comparison) -> Html:
    """Means and standard deviations of the metrics, by the settings that differ."""
    metrics = [m for m in comparison.metrics if any(m in point.spreads for point in comparison.points)]
    if not metrics:
        return absent("No run is finished yet.")
    named = comparison.settings
    rows: list[list[Cell]] = [
        [
            point.spec,
            *(point.settings.get(name) for name in named),
            f"{point.finished:,} of {len(point.runs):,}",
            *(with_deviation(s.mean, s.deviation) if (s := point.spreads.get(metric)) else None for metric in metrics),
        ]
        for point in comparison.points[:MOST_POINTS]
    ]
    left = len(comparison.points) - MOST_POINTS
    more = el("p", f"{left:,} more combinations of settings.", class_="note") if left > 0 else None
    note = el("p", "Mean ± standard deviation over the finished runs, by the settings that differ.", class_="note")
    return join(table(["spec", *named, "finished", *metrics], rows, label="means and spreads of metrics"), more, note)
