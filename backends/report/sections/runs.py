"""The section of the table of runs, which can be sorted and filtered, and of their settings and results as lines."""

from collections.abc import Sequence

from spikegraph.backends.report.html_table import formatted
from spikegraph.backends.report.parallel_figure import parallel_figure
from spikegraph.backends.report.section import Section
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison
from spikegraph.overview.listed import SEARCH_TRAININGS, Listed
from spikegraph.overview.where import number_of
from spikegraph.program.spec_settings import Value

COLUMNS = ("spec", "seed", "state")
"""The first columns behind the name of the run; metrics and settings follow."""

MOST_SETTINGS = 12
"""Most columns of settings."""

LEAD = (
    "Press a column's name to sort. The filter takes words, which some cell must contain, and conditions such as state=failed,"
    " seed>=3 or accuracy_percent>80; all must hold."
)


def section(comparison: Comparison, labels: Sequence[str]) -> Section:
    """The section; `labels` are the runs' names, in order."""
    runs, named = comparison.runs, comparison.settings[:MOST_SETTINGS]
    notes = any(run.note for run in runs)
    cost = [SEARCH_TRAININGS] if any(run.values.get(SEARCH_TRAININGS) is not None for run in runs) else []
    head = [*COLUMNS, *comparison.metrics, *cost, *named, *(["note"] if notes else [])]
    numeric = {name for name in head if any(number_of(run.values.get(name)) is not None for run in runs)}
    top = el("tr", *(_head(name, name in numeric) for name in ("run", *head)))
    rows = [_row(k, run, label, head, numeric) for k, (run, label) in enumerate(zip(runs, labels, strict=True))]
    inner = el("table", el("thead", top), el("tbody", *rows), class_="sortable")
    box = el("div", inner, class_="table runs", tabindex="0", role="region", aria_label="table of runs")
    return Section("runs", "Runs", join(_filter(len(runs)), box, parallel_figure(comparison, labels)), LEAD)


def _filter(count: int) -> Html:
    field = el("input", type="search", id="filter", placeholder="state=finished seed<3", spellcheck="false", autocomplete="off")
    shown = el("output", f"{count:,} of {count:,} runs", id="filtered", for_="filter")
    return el("p", el("label", "Filter ", field), " ", shown, class_="filter")


def _head(name: str, numeric: bool) -> Html:
    return el("th", el("button", name, type="button"), scope="col", class_="n" if numeric else None, data_column=name)


def _row(number: int, run: Listed, label: str, head: Sequence[str], numeric: set[str]) -> Html:
    cells = [_cell(run.values.get(name), name, numeric=name in numeric) for name in head]
    name = el("th", label, scope="row", title=str(run.path) if label != str(run.path) else None)
    return el("tr", name, *cells, data_run=number)


def _cell(value: Value | None, name: str, *, numeric: bool) -> Html:
    css = "n" if numeric else f"is-{value}" if name == "state" else None
    exact = repr(value) if isinstance(value, float) else None
    text = str(value) if isinstance(value, int) else formatted(value)
    return el("td", text, class_=css, data_value=exact)
