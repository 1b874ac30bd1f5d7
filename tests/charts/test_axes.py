"""Ranges and ticks of axes."""

import math
import random
import xml.etree.ElementTree as ET

import pytest

from spikegraph.charts.lines import Chart, Line, axes_of, svg
from spikegraph.charts.parallel import Scale
from spikegraph.charts.ticks import log_spread, log_ticks, share, spread, texts, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3, 47, [0, 10, 20, 30, 40]),
        (2.58, 3.02, [2.6, 2.7, 2.8, 2.9, 3.0]),
        (0, 1e-5, None),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float] | None) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)
    if expected is not None:
        assert found == pytest.approx(expected)


def test_a_range_of_one_value_and_of_none() -> None:
    assert spread([3.0, 3.0], 0.1) == pytest.approx((2.7, 3.3))
    assert spread([0.0], 0.1) == (-1.0, 1.0)
    assert spread([math.inf], 0.1) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.09, 2.5, [0.1, 0.2, 0.5, 1, 2]),
        (0.9e-4, 2.0, [1e-4, 1e-3, 1e-2, 0.1, 1]),
        (1e-12, 1.0, [1e-12, 1e-9, 1e-6, 1e-3, 1]),
        (2.3, 2.9, [2.4, 2.6, 2.8]),
    ],
)
def test_ticks_of_a_logarithmic_axis(low: float, high: float, expected: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.2, 0.4, 0.6000000000000001], ["0", "0.2", "0.4", "0.6"]),
        ([0.0, 1e6, 2e6], ["0", "1e+06", "2e+06"]),
        ([1e6, 1000000.5, 1000001.0], ["1000000", "1000000.5", "1000001"]),
        ([0.1234565, 0.123457], ["0.1234565", "0.123457"]),
        ([1e-9, 1e-3, 1e3], ["1e-09", "0.001", "1000"]),
    ],
)
def test_numbers_at_an_axis_have_the_digits_in_which_they_differ(values: list[float], expected: list[str]) -> None:
    assert texts(values) == expected


def test_a_narrow_range_has_different_numbers_at_each_axis() -> None:
    line = Line("a", [(1_000_000.0, 2_000_000.0), (1_000_001.0, 2_000_001.0)], "s0")
    found = [t.text for t in ET.fromstring(svg(Chart("a", "step", "loss", [line]))).iter("text")]
    assert found == ["1000000", "1000000.5", "1000001", "2000000", "2000000.5", "2000001", "step", "loss"]
    scale = Scale("loss", [1_000_000.0, 1_000_001.0], measured=True)
    assert [text for text, _ in scale.marks()] == ["1000000", "1000000.2", "1000000.4", "1000000.6", "1000000.8", "1000001"]


def test_a_logarithmic_range_has_the_positive_values() -> None:
    assert log_spread([0.1, 10.0, 0.0, -3.0, math.nan, math.inf], 0.5) == pytest.approx((0.01, 100.0))
    assert log_spread([0.0], 0.1) == pytest.approx((1.0, 10.0))


@pytest.mark.parametrize("value", [0.5072192685891512, 0.6931471824645996, 1.0, 990.5471357665035])
def test_values_that_differ_by_rounding_alone_are_one(value: float) -> None:
    values = [value, math.nextafter(value, math.inf)]
    for low, high in (spread(values, 0.06), log_spread(values, 0.06)):
        assert low < 0.99 * value < 1.01 * value < high
    assert 0 < len(ticks(*spread(values, 0.06))) <= 6
    assert 0 < len(log_ticks(*log_spread(values, 0.06))) <= 6


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values", [(1e-320, 1e-5), (-1.7e308, 1.7e308), (5e-324, 1.7976931348623157e308), (1e-320, 2e-320)], ids=str
)
def test_extreme_numbers_lie_within_the_axes_with_ticks_between(values: tuple[float, float], log: bool) -> None:
    chart = Chart("a", "x", "y", [Line("a", [(values[0], values[0]), (values[1], values[1])], "s0")], log=log)
    axes = axes_of(chart)
    for value in values:
        if value > 0 or not log:
            across, up = axes.at(value, value)
            assert axes.left <= across <= axes.right
            assert axes.top <= up <= axes.bottom
    ticks = [value for value, _ in axes.y_marks(6)]
    assert 2 <= len(ticks) <= 6
    assert all(axes.y[0] * (1 - 1e-9) <= value <= axes.y[1] for value in map(abs, ticks))
    drawing = svg(chart)
    assert "nan" not in drawing
    assert len(drawing) < 5000  # no number has three hundred digits


@pytest.mark.parametrize("seed", range(5))
def test_ticks_of_numbers_of_any_size_are_few_and_within(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(200):
        values = [draw.choice((-1, 1)) * draw.uniform(1, 9.9) * 10.0 ** draw.uniform(-307, 307) for _ in range(2)]
        low, high = spread(values, 0.06)
        found = ticks(low, high)
        assert len({*texts(found)}) == len(found) <= 6
        assert all(
            low <= value + (high / 2 - low / 2) * 1e-8 and value - (high / 2 - low / 2) * 1e-8 <= high for value in found
        )
        assert [share(v, low, high) for v in (low, high)] == [0, 1]
