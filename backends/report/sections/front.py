"""The section of the front of a search for two objectives."""

from collections.abc import Sequence

from spikegraph.analysis.front_chart import front_chart
from spikegraph.backends.report.figures import line_figure
from spikegraph.backends.report.html_table import table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, columns
from spikegraph.charts.markup import Html, el, join
from spikegraph.genotype.short import short
from spikegraph.runs.front import HIGHER, FrontPoint, head, knee, read_front, row
from spikegraph.runs.trial import read_trials


def section(runs: Sequence[Record]) -> Section | None:
    """The section; None if no run has a front."""
    fronts = [(run, read_front(run.folder)) for run in runs]
    parts = [(run.label, _of_run(run, points)) for run, points in fronts if points]
    lead = (
        "Networks that no other one, trained to the end, surpasses in one objective without losing in the other, by the"
        " validation set. The run goes on with the knee; compile --pick retrains another."
    )
    return Section("front", "Front of the search", columns(parts, len(runs) > 1), lead, "Front") if parts else None


def _of_run(run: Record, points: Sequence[FrontPoint]) -> Html:
    """The chart, and the networks on the front as a table."""
    at = knee(points)
    rows = [row(k, point, short(point.genotype), knee=k == at) for k, point in enumerate(points)]
    figure = el("div", line_figure(front_chart(points, _others(run, points)), group=run.label), class_="charts")
    return join(figure, table(head(points), rows, label=f"front of {run.label}"))


def _others(run: Record, points: Sequence[FrontPoint]) -> list[dict[str, float]]:
    """The values of the candidates that were trained to the end and aren't on the front."""
    on, (score, price) = {point.candidate for point in points}, points[0].names
    found: list[dict[str, float]] = []
    for trial in read_trials(run.folder):
        last = trial.record.at(1.0)
        if trial.number not in on and last is not None and last.validation is not None and last.price is not None:
            found.append({score: -last.validation if score in HIGHER else last.validation, price: last.price})
    return found
