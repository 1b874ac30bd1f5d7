"""Lengths of bars."""

import xml.etree.ElementTree as ET

import pytest

from spikegraph.charts.bars import VALUE, WIDTH, Bars, bars_svg

ROOM = WIDTH - VALUE


def drawn(*values: float, largest: float | None = None) -> tuple[list[tuple[float, float]], list[str]]:
    """Begin and end of each bar as shares of the room, and the numbers of the scale."""
    chart = Bars("score", "", {str(k): {"a": v} for k, v in enumerate(values)}, ["a"], largest=largest)
    root = ET.fromstring(bars_svg(chart, list(chart.values)))
    bars = [r for r in root.iter("rect") if "bar" in r.attrib["class"]]
    ends = [(float(r.attrib["x"]) / ROOM, (float(r.attrib["x"]) + float(r.attrib["width"])) / ROOM) for r in bars]
    return ends, [t.text or "" for t in root.iter("text") if t.attrib.get("class") == "label"]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ((1.0, 4.0), [(0, 0.25), (0, 1)]),
        ((-0.5, -2.0, -10.0), [(0.95, 1), (0.8, 1), (0, 1)]),
        ((-1.0, 3.0), [(0, 0.25), (0.25, 1)]),
        ((0.0,), [(0, 0)]),
    ],
)
def test_bars_begin_at_0(values: tuple[float, ...], ends: list[tuple[float, float]]) -> None:
    found, _ = drawn(*values)
    assert found == [pytest.approx(end, abs=1e-3) for end in ends]


def test_a_bar_longer_than_the_full_one_lengthens_the_scale() -> None:
    assert drawn(150.0, 75.0, largest=100.0) == ([pytest.approx((0, 1)), pytest.approx((0, 0.5))], ["0", "75", "150"])
    assert drawn(50.0, largest=100.0) == ([pytest.approx((0, 0.5))], ["0", "50", "100"])
    assert drawn(-100.0, 50.0, largest=100.0) == ([pytest.approx((0, 0.5)), pytest.approx((0.5, 0.75))], ["-100", "0", "100"])
