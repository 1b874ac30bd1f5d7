"""Charts on the page."""

import reader

from spikegraph.backends.report.downloads import points
from spikegraph.backends.report.figures import bar_figure, line_figure
from spikegraph.charts.bars import PART, Bars
from spikegraph.charts.lines import Chart, Line


def test_a_chart_is_described():
    chart = Chart(
        "loss", "epoch", "loss of <x>", [Line("a", [(1, 2.0), (2, 1.0)], "s0", dots=True), Line("b", [(1, 3.0)], "s1")]
    )
    tree = reader.read(line_figure(chart))
    assert [li.text for li in tree.one("ul").all("li")] == ["a", "b"]
    drawing = tree.one("svg", role="img")
    assert drawing.attributes["aria-label"] == "loss: loss of <x> over epoch; a from 2 to 1, b from 3 to 3"
    assert {"epoch", "loss of <x>"} <= {t.text for t in drawing.all("text")}
    assert [t.text for t in drawing.all("title")] == ["a: 2 at 1", "a: 1 at 2", "b: 3 at 1"]
    # Curves with different x have separate tables.
    assert [len(list(t.all("tr"))) for t in tree.all("table")] == [3, 2]


def test_many_bars_are_split_into_columns():
    values = {f"layer{k}": {"a": float(k), "b": 1.0} for k in range(2 * PART + 1)}
    tree = reader.read(bar_figure(Bars("rates", "spikes", values, ["a", "b"])))
    parts = list(tree.all("svg", role="img"))
    assert [len([r for r in p.all("rect") if "bar" in r.classes]) for p in parts] == [18, 18, 14]
    longest = [r for r in parts[-1].all("rect") if "bar" in r.classes][-2]
    assert longest.attributes["width"] == "314"
    assert [li.text for li in tree.one("ul").all("li")] == ["a", "b"]


def test_gaps_between_points_are_no_numbers():
    gap = (float("nan"), float("nan"))
    chart = Chart("front", "energy", "accuracy", [Line("others", [(1, 2.0), gap, (3, 4.0), gap], "s0", "1 4", dots=True)])
    assert len(list(reader.read(line_figure(chart)).one("table").all("tr"))) == 3  # the head, and two points
    assert points(chart) == [["others", 1, 2.0], ["others", 3, 4.0]]
