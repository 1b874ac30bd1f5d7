"""Charts as an SVG file: positions of curves, ticks and labels."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.panels import PANEL, svg_file

SVG = "{http://www.w3.org/2000/svg}"
TWO = Chart(
    "a & b",
    "epoch",
    "loss",
    [
        Line("one", [(0, 1.0), (1, 3.0)], colour(0), dash(0)),
        Line("two", [(0, 2.0), (1, math.nan), (2, 1.0), (3, 1)], colour(1), dash(1)),
    ],
)


def test_a_chart_is_sound_svg_with_all_its_words() -> None:
    root = ET.fromstring(svg_file([TWO, TWO], "what < is seen"))
    assert root.tag == f"{SVG}svg"
    assert root.attrib["viewBox"].split()[2] == str(2 * PANEL.width)
    assert root.findtext(f"{SVG}title") == "what < is seen"
    words = [t.text for t in root.iter(f"{SVG}text")]
    assert words.count("a & b") == 2
    assert words.count("one") == words.count("two") == 1
    for x, y in ((float(t.attrib["x"]), float(t.attrib["y"])) for t in root.iter(f"{SVG}text")):
        assert 0 <= x <= 2 * PANEL.width
        assert 0 <= y <= float(root.attrib["height"])


def test_charts_in_columns_have_rows() -> None:
    root = ET.fromstring(svg_file([TWO, TWO, TWO], "d", columns=2))
    moved = [g.attrib["transform"] for g in root.iter(f"{SVG}g") if g.attrib.get("transform", "").startswith("translate")]
    assert moved == [f"translate({x * PANEL.width} {y * PANEL.height})" for x, y in ((0, 0), (1, 0), (0, 1))]
    assert root.attrib["width"] == str(2 * PANEL.width)
    assert float(root.attrib["height"]) > 2 * PANEL.height


def test_curves_lie_within_their_panel_and_break_where_nothing_is() -> None:
    root = ET.fromstring(svg_file([TWO], "d"))
    one, two = (p.attrib for p in root.iter(f"{SVG}path"))
    assert one["d"].count("M") == 1
    assert two["d"].count("M") == 2
    assert one["stroke"] != two["stroke"]
    assert "stroke-dasharray" in two
    for d in (one["d"], two["d"]):
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", d):
            assert 0 < float(x) <= PANEL.width - PANEL.right
            assert 0 <= float(y) <= PANEL.height
    (rising,) = re.findall(r"M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)", one["d"])
    assert float(rising[0]) > float(rising[1])


def test_what_holds_until_the_next_point_is_drawn_in_steps() -> None:
    root = ET.fromstring(svg_file([Chart("t", "x", "y", [Line("one", [(0, 1), (1, 2), (2, 2)], "s0")], steps=True)], "d"))
    (path,) = root.iter(f"{SVG}path")
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+H[\d.]+V[\d.]+", path.attrib["d"])


def test_labels_go_to_a_new_row_where_they_are_many() -> None:
    curves = [Line(f"a long label of a run, number {i}", [(0, i), (1, i)], "s0") for i in range(6)]
    root = ET.fromstring(svg_file([Chart("t", "x", "y", curves)], "d"))
    ends = [
        (t.text or "", float(t.attrib["x"]), float(t.attrib["y"]))
        for t in root.iter(f"{SVG}text")
        if "number" in (t.text or "")
    ]
    assert len(ends) == 6
    assert len({y for _, _, y in ends}) == 6
    assert max(y for _, _, y in ends) < float(root.attrib["height"])


def test_a_panel_without_a_point() -> None:
    with pytest.raises(ValueError, match="no finite point"):
        svg_file([Chart("t", "x", "y", [Line("one", [(0, math.inf)], "s0")])], "d")
