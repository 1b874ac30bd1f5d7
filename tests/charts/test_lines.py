"""Line charts on a page."""

import math
import xml.etree.ElementTree as ET

from spikegraph.charts.axes import Axes
from spikegraph.charts.lines import SMALL, Chart, Line, drawn, svg
from spikegraph.charts.look import by_class, colour, dash

TENFOLD = Axes(left=0, right=10, top=10, bottom=0, x=(0, 1), y=(0, 1))


def test_a_curve_breaks_where_a_value_is_missing() -> None:
    line = Line("a", [(0, 1), (1, 2), (2, math.nan), (3, 1), (4, 0)], "s0")
    (path,) = drawn(line, TENFOLD, by_class, steps=False)
    assert 'd="M0.0 10.0L10.0 20.0M30.0 10.0L40.0 0.0"' in path
    (path,) = drawn(Line("a", [(0, 1), (1, 2)], "s0"), TENFOLD, by_class, steps=True)
    assert 'd="M0.0 10.0H10.0V20.0"' in path


def test_a_chart_without_points() -> None:
    assert "no curve" in svg(Chart("a", "x", "y", [Line("a", [], "s0")]))


def test_epochs_are_marked_whole() -> None:
    chart = Chart("a", "epoch", "y", [Line("a", [(1, 0.0), (2, 1.0)], "s0")], whole=True, size=SMALL, y_range=(0.0, 1.0))
    texts = [t.text for t in ET.fromstring(svg(chart)).iter("text")]
    assert texts[:2] == ["1", "2"]
    assert "1.5" not in texts


def test_twice_as_many_curves_as_colours_differ() -> None:
    assert len({(colour(k), dash(k)) for k in range(14)}) == 14
