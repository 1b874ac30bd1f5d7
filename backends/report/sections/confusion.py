"""The confusion matrix of a classifier on its test set."""

from collections.abc import Sequence

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.charts.markup import Html, el
from spikegraph.charts.matrix import WRITTEN, Matrix, matrix_svg, percent, shade
from spikegraph.runs.confusion import Confusion, class_name, classes_in

MISTAKES = 10
"""Largest number of kinds of mistakes that are listed."""


def confusion_of(run: Record) -> Matrix | None:
    """The matrix of a run; None if its evaluation recorded none."""
    found = run.summary.evaluation.confusion if run.summary.evaluation is not None else None
    if not found:
        return None
    known = run.manifest.classes or (run.examples.classes if run.examples is not None else ())
    return Matrix("confusion matrix", "true class", "predicted class", names(found, known), found)


def names(found: Confusion, known: Sequence[str]) -> list[str]:
    """The names of all classes; those without one have their number."""
    return [class_name(known, k) for k in range(max(classes_in(found), len(known)))]


def figure(matrix: Matrix, group: str) -> Html:
    """The drawing, the most frequent mistakes, and every number; `group` begins the names of files that are saved."""
    rows: list[list[Cell]] = [
        [matrix.names[row], matrix.names[column], n, matrix.share(row, column)] for row, column, n in matrix.pairs()
    ]
    head = [matrix.rows, matrix.columns, "samples", f"share of the {matrix.rows}"]
    numbers = el("details", el("summary", "Numbers"), numbered(matrix), open=len(matrix.names) > WRITTEN)
    note = "Number of test samples, and their share of the true class; blue is right, orange is wrong."
    return el(
        "figure",
        el("figcaption", el("strong", matrix.title), el("span", note, class_="note")),
        el("div", matrix_svg(matrix), mistakes(matrix), class_="matrix"),
        el("div", numbers, links(matrix.title, head, rows, group), class_="below"),
        class_="chart wide",
    )


def mistakes(matrix: Matrix) -> Html:
    """The most frequent mistakes, as a table."""
    found = sorted(((n, row, column) for row, column, n in matrix.pairs() if row != column), key=lambda m: (-m[0], m[1:]))
    if not found:
        return el("p", "No mistake: every sample is right.", class_="note")
    rows: list[list[Cell]] = [
        [matrix.names[row], matrix.names[column], n, percent(n / matrix.total(row))] for n, row, column in found[:MISTAKES]
    ]
    head = [matrix.rows, "predicted", "samples", "share"]
    return el("div", el("p", el("strong", "Most frequent mistakes")), table(head, rows, label="most frequent mistakes"))


def numbered(matrix: Matrix) -> Html:
    """The whole matrix as a table whose first row and column stay in view."""
    top = [el("th", el("span", name), scope="col") for name in matrix.names]
    head = el(
        "tr",
        el("th", f"{matrix.rows}\u00a0↓ predicted\u00a0→", class_="corner"),
        *top,
        el("th", "all", scope="col", class_="n"),
    )
    body: list[Html] = []
    for row, name in enumerate(matrix.names):
        cells = [_cell(matrix, row, column) for column in range(len(matrix.names))]
        body.append(el("tr", el("th", name, scope="row"), *cells, el("td", f"{matrix.total(row):,}", class_="n")))
    inner = el("table", el("thead", head), el("tbody", *body))
    return el("div", inner, class_="table classes", tabindex="0", role="region", aria_label=f"numbers of {matrix.title}")


def _cell(matrix: Matrix, row: int, column: int) -> Html:
    n = matrix.counts.get(row, {}).get(column, 0)
    if not n:
        return el("td")
    share = n / matrix.total(row)
    title = f"{matrix.rows} {matrix.names[row]}, {matrix.columns} {matrix.names[column]}"
    return el("td", f"{n:,}", el("small", percent(share)), class_=f"n {shade(share, right=row == column)}", title=title)
