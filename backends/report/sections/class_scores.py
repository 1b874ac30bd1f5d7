"""The scores of each class on the test set."""

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.markup import Html, el
from spikegraph.runs.confusion import class_name


def class_scores(run: Record) -> Html | None:
    """A table with a row for each class; None if the run's evaluation recorded no scores of classes."""
    evaluation = run.summary.evaluation
    if evaluation is None or not evaluation.classes:
        return None
    found = evaluation.classes
    known = run.manifest.classes or (run.examples.classes if run.examples is not None else ())
    measures = list(dict.fromkeys(name for scores in found.values() for name in scores))
    head = ["class", *(f"{name} ({unit})" if unit else name for name, unit in map(name_and_unit, measures))]
    rows: list[list[Cell]] = [[class_name(known, k), *(_cell(scores.get(m)) for m in measures)] for k, scores in found.items()]
    return el(
        "figure",
        el("figcaption", el("strong", "scores of classes"), el("span", "On the test set.", class_="note")),
        table(head, rows, label="scores of classes"),
        el("div", links("scores of classes", head, rows, run.label), class_="below"),
        class_="chart wide",
    )


def _cell(score: float | None) -> Cell:
    return int(score) if score is not None and score == int(score) else score
