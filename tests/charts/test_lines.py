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


def test_a_curve_of_one_point_is_a_dot() -> None:
    _, dot = drawn(Line("a", [(1, 0.5)], "s0"), TENFOLD, by_class, steps=True)
    assert 'cx="10.0" cy="5.0"' in dot


def test_what_is_beyond_limits_is_drawn_there_with_its_value() -> None:
    (path,) = drawn(Line("a", [(0, 9.0), (1, 0.5)], "s0"), TENFOLD, by_class, steps=False, limits=(0, 1))
    assert 'd="M0.0 10.0L10.0 5.0"' in path
    assert 'data-values="0:9;1:0.5"' in path


def test_a_chart_without_points() -> None:
    assert "no curve" in svg(Chart("a", "x", "y", [Line("a", [], "s0")]))


def test_epochs_are_marked_whole() -> None:
    chart = Chart("a", "epoch", "y", [Line("a", [(1, 0.0), (2, 1.0)], "s0")], whole=True, size=SMALL, y_range=(0.0, 1.0))
    texts = [t.text for t in ET.fromstring(svg(chart)).iter("text")]
    assert texts[:2] == ["1", "2"]
    assert "1.5" not in texts


def test_twice_as_many_curves_as_colours_differ() -> None:
    assert len({(colour(k), dash(k)) for k in range(14)}) == 14


def test_a_shifted_curve_keeps_its_values() -> None:
    """The mean of epoch 1 is drawn at 0.5, and is still that of epoch 1."""
    line = Line("a", [(1, 0.5)], "s0", dots=True, shift=-0.5)
    path, dot = drawn(line, TENFOLD, by_class, steps=False)
    assert 'd="M5.0 5.0"' in path
    assert 'data-values="1:0.5"' in path
    assert 'cx="5.0"' in dot
    assert "a: 0.5 at 1" in dot


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis() -> None:
    line = Line("a", [(0, 0.01), (1, 0.1), (2, 0.0), (3, 1.0)], "s0")
    axes = Axes(left=0, right=30, top=0, bottom=20, x=(0, 3), y=(0.01, 1.0), log=True)
    path, dot = drawn(line, axes, by_class, steps=False)
    assert 'd="M0.0 20.0L10.0 10.0M30.0 0.0"' in path
    assert 'cx="30.0" cy="0.0"' in dot, "a point between missing values has no path"
    assert 'data-values="0:0.01;1:0.1;3:1"' in path
    drawing = svg(Chart("a", "x", "loss", [line], log=True))
    texts = [t.text for t in ET.fromstring(drawing).iter("text")]
    assert {"0.01", "0.1", "1"} <= set(texts)
    assert 'class="log"' in drawing
