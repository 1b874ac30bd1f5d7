"""Parallel coordinates and raster plots."""

import re
import xml.etree.ElementTree as ET

from spikegraph.charts.parallel import HEIGHT, SIDE, TOP, WIDTH, Scale, parallel_svg
from spikegraph.charts.raster import Raster, raster_svg


def test_settings_are_at_equal_distances_and_metrics_have_a_scale() -> None:
    assert Scale("lr", [0.1, 0.001, None, 0.1]).marks() == [("0.001", 0.0), ("0.1", 1.0)]
    assert Scale("profile", ["b", "a"]).marks() == [("a", 0.0), ("b", 1.0)]
    assert Scale("on", [True]).marks() == [("True", 0.5)]
    assert Scale("accuracy", [50.0, 60.0], measured=True).marks()[0] == ("50", 0.0)
    many = Scale("n", list(range(20)))
    assert (many.places, many.height(19), many.height(None)) == (None, 1.0, None)


def test_a_line_goes_through_its_values_and_breaks_where_one_is_missing() -> None:
    scales = [Scale("w", [4, 8, 8]), Scale("a", [None, 60.0, 50.0], measured=True), Scale("b", [1.0, 2.0, 3.0], measured=True)]
    root = ET.fromstring(parallel_svg("runs", scales, [None, 1.0, 0.0]))
    found = {p.attrib["data-run"]: p for p in root.iter("path")}
    middle, right, bottom = WIDTH / 2, WIDTH - SIDE, HEIGHT - 16
    assert found["1"].attrib["d"] == f"M{SIDE}.0 {TOP}.0L{middle:.1f} {TOP}.0L{right:.1f} {(TOP + bottom) / 2:.1f}"
    assert found["0"].attrib["d"] == f"M{SIDE}.0 {bottom}.0M{right:.1f} {bottom}.0"
    assert "style" not in found["0"].attrib
    assert found["1"].attrib["style"] == "--good:100%"
    assert list(found)[-1] == "1"  # the best one is on top


def test_spikes_that_follow_each_other_are_one_mark() -> None:
    root = ET.fromstring(raster_svg(Raster("layer", 10, [[0, 1, 2, 5], [], [9]], [0, 5, 10], 5), "s0"))
    (spikes,) = (p for p in root.iter("path") if "spikes" in p.attrib["class"])
    marks = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)", spikes.attrib["d"])
    assert len(marks) == 3
    (a, y, b), (c, y2, d), (e, y3, f) = [tuple(map(float, mark)) for mark in marks]
    assert y == y2 > y3
    assert round((b - a) / (d - c), 1) == round((3 - 0.12) / (1 - 0.12), 1)
    assert a < b < c < d < e < f
    assert root.attrib["aria-label"] == "layer: 5 spikes of 3 neurons in 10 time steps"


def test_rows_of_a_raster_have_the_numbers_of_their_neurons() -> None:
    """Neurons of several levels have more spikes than marks; of two rows each has its number, of many every tenth has."""
    root = ET.fromstring(raster_svg(Raster("layer", 4, [[0, 2], [0]], [0, 10922], 6), "s0"))
    assert root.attrib["aria-label"] == "layer: 6 spikes of 2 neurons in 4 time steps"
    rows = [(t.text, float(t.attrib["y"]) - 4) for t in root.iter("text") if t.attrib["text-anchor"] == "end"]
    assert [text for text, _ in rows] == ["0", "10,922"]
    (spikes,) = (p for p in root.iter("path") if "spikes" in p.attrib["class"])
    assert list(dict.fromkeys(float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)", spikes.attrib["d"]))) == [y for _, y in rows]
    many = ET.fromstring(raster_svg(Raster("layer", 4, [[]] * 60, range(0, 600, 10), 0), "s0"))
    assert [t.text for t in many.iter("text") if t.attrib["text-anchor"] == "end"] == ["0", "100", "200", "300", "400", "500"]
