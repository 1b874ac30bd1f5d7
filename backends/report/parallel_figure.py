"""Parallel coordinates of runs whose settings differ: which settings go with which results."""

from collections.abc import Sequence

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.html_table import Cell
from spikegraph.charts.markup import Html, el
from spikegraph.charts.parallel import Scale, parallel_svg
from spikegraph.overview.comparison import Comparison
from spikegraph.runs.metrics import direction

MOST_SETTINGS, MOST_METRICS = 6, 3
"""Most axes."""

TITLE = "settings and results"


def parallel_figure(comparison: Comparison, labels: Sequence[str]) -> Html | None:
    """The figure; None if no setting differs, or fewer than three runs have a result.

    Args:
        comparison: The runs.
        labels: Their names, in order.
    """
    metrics, settings = comparison.metrics[:MOST_METRICS], comparison.settings[:MOST_SETTINGS]
    values = [run.values for run in comparison.runs]
    if not settings or not metrics or sum(of.get(metrics[0]) is not None for of in values) < 3:
        return None
    scales = [Scale(name, [of.get(name) for of in values], name in metrics) for name in (*settings, *metrics)]
    scales = [scale for scale in scales if any(value is not None for value in scale.values)]
    head = ["run", *(scale.name for scale in scales)]
    rows: list[list[Cell]] = [[label, *(scale.values[k] for scale in scales)] for k, label in enumerate(labels)]
    up = direction(metrics[0].rpartition(".")[2], comparison.directions)
    how = "higher" if up is None else "better"  # it may not be known which is better
    note = (
        f"A line is a run, the more in colour the {how} its {metrics[0]}. The filter of the table, which has the numbers,"
        " hides lines."
    )
    drawing = parallel_svg("runs", scales, _good(scales, metrics[0], up=up is not False))
    return el(
        "figure",
        el("figcaption", el("strong", TITLE), el("span", note, class_="note")),
        el("div", drawing, class_="table coordinates", tabindex="0", role="region", aria_label=f"drawing of {TITLE}"),
        el("div", links(TITLE, head, rows), class_="below"),
        class_="chart",
    )


def _good(scales: Sequence[Scale], metric: str, *, up: bool) -> list[float | None]:
    """How good each run is, from 0 for the worst to 1 for the best; `up`: the highest one."""
    scale = next(scale for scale in scales if scale.name == metric)
    heights = [scale.height(value) for value in scale.values]
    return [None if h is None else h if up else 1 - h for h in heights]
