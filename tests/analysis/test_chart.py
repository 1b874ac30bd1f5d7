"""Charts as SVG: every curve, tick and word in its place; the panels of a surrogate search."""

import json
import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from spikegraph.analysis.chart import HEIGHT, LEFT, RIGHT, WIDTH, Curve, Panel, chart, ticks
from spikegraph.analysis.dgs_curves import gradient_panel, temperature_panel
from spikegraph.runs.entries import ENTRY, Entry

SVG = "{http://www.w3.org/2000/svg}"
PANEL = Panel(
    "a & b", "epoch", "loss", [Curve("one", [(0, 1.0), (1, 3.0)]), Curve("two", [(0, 2.0), (1, math.nan), (2, 1.0), (3, 1)])]
)


def entry(event: str, epoch: int, **data: Any) -> Entry:
    line = {"time": 1, "event": event, "phase": "retrain", "epoch": epoch, "step": 1, "lr": 0.1, "losses": {}, **data}
    return ENTRY.validate_json(json.dumps(line))


TRIED = {"place": "stem", "candidates": [2.6, 3.0], "alpha": [0.6, 0.4], "gradient_norm": [1, 1]}
SEARCHED = [
    entry("step", 1, gradient_norms={"stem": 9.0}),
    entry("dgs", 1, neuron="stem", b_before=3.0, b=2.6, **TRIED, loss=1, mixed_loss=1, iterations=1),
    entry("epoch", 1, temperatures={"stem": 2.6}, gradient_norms={"stem": 4.0}),
    entry("epoch", 2, temperatures={"stem": 2.6}, gradient_norms={"stem": 5.0}),
]
FIXED = [entry("epoch", e, temperatures={"stem": 3.0}, gradient_norms={"stem": 2.0 / e}) for e in (1, 2)]


def test_a_chart_is_sound_svg_with_all_its_words() -> None:
    root = ET.fromstring(chart([PANEL, PANEL], "what < is seen"))
    assert root.tag == f"{SVG}svg"
    assert root.attrib["viewBox"].split()[2] == str(2 * WIDTH)
    assert root.findtext(f"{SVG}title") == "what < is seen"
    words = [t.text for t in root.iter(f"{SVG}text")]
    assert words.count("a & b") == 2
    assert words.count("one") == words.count("two") == 1
    for x, y in ((float(t.attrib["x"]), float(t.attrib["y"])) for t in root.iter(f"{SVG}text")):
        assert 0 <= x <= 2 * WIDTH
        assert 0 <= y <= float(root.attrib["height"])


def test_curves_lie_within_their_panel_and_break_where_nothing_is() -> None:
    root = ET.fromstring(chart([PANEL], "d"))
    one, two = (p.attrib for p in root.iter(f"{SVG}path"))
    assert one["d"].count("M") == 1
    assert two["d"].count("M") == 2
    assert one["stroke"] != two["stroke"]
    assert "stroke-dasharray" in two
    for d in (one["d"], two["d"]):
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", d):
            assert LEFT <= float(x) <= WIDTH - RIGHT
            assert 0 <= float(y) <= HEIGHT
    (rising,) = re.findall(r"M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)", one["d"])
    assert float(rising[0]) > float(rising[1])


def test_what_holds_until_the_next_point_is_drawn_in_steps() -> None:
    root = ET.fromstring(chart([Panel("t", "x", "y", [Curve("one", [(0, 1), (1, 2), (2, 2)])], steps=True)], "d"))
    (path,) = root.iter(f"{SVG}path")
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+H[\d.]+V[\d.]+", path.attrib["d"])


def test_labels_go_to_a_new_row_where_they_are_many() -> None:
    curves = [Curve(f"a long label of a run, number {i}", [(0, i), (1, i)]) for i in range(6)]
    root = ET.fromstring(chart([Panel("t", "x", "y", curves)], "d"))
    ends = [
        (t.text or "", float(t.attrib["x"]), float(t.attrib["y"]))
        for t in root.iter(f"{SVG}text")
        if "number" in (t.text or "")
    ]
    assert len(ends) == 6
    assert len({y for _, _, y in ends}) == 6
    assert max(y for _, _, y in ends) < float(root.attrib["height"])


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


def test_a_panel_without_a_point() -> None:
    with pytest.raises(ValueError, match="no finite point"):
        chart([Panel("t", "x", "y", [Curve("one", [(0, math.inf)])])], "d")


def test_the_temperatures_path_begins_before_the_first_round() -> None:
    panel = temperature_panel({"with": SEARCHED, "without": FIXED, "other": []}, "stem")
    assert [(c.label, list(c.points)) for c in panel.curves] == [
        ("with", [(0.0, 3.0), (1.0, 2.6), (2.0, 2.6)]),
        ("without", [(0.0, 3.0), (1.0, 3.0), (2.0, 3.0)]),
    ]
    assert panel.steps


def test_the_gradient_with_and_without_the_search() -> None:
    panel = gradient_panel({"with": SEARCHED, "without": FIXED}, "stem")
    assert [list(c.points) for c in panel.curves] == [[(1.0, 4.0), (2.0, 5.0)], [(1.0, 2.0), (2.0, 1.0)]]


@pytest.mark.parametrize("make", [temperature_panel, gradient_panel])
def test_a_neuron_that_no_run_has(make: Any) -> None:
    with pytest.raises(ValueError, match="no run has `dgs at` the neuron stem7"):
        make({"with": SEARCHED}, "stem7")
