"""Curves of many runs on a page."""

import re
import xml.etree.ElementTree as ET

from spikegraph.charts.bundle import Bundle, Group, bundle_svg


def test_thin_lines_go_on_within_the_axes_where_the_median_ends() -> None:
    curve = [(1.0, 0.5), (2.0, 0.5), (9.0, 0.5)]
    short = curve[:2]
    bundle = Bundle("loss", "epoch", "loss", [Group("a", "s0", "", [(0, curve)], short, short, short, "g0", 1)], (0.0, 1.0))
    drawing = ET.fromstring(bundle_svg(bundle))
    low, high, *_ = map(float, drawing.attrib["data-range"].split())
    assert low < 0
    assert 9 < high < 10


def test_medians_end_at_the_edge_as_thin_lines_do() -> None:
    curve = [(1.0, 1000.0), (2.0, 0.5), (3.0, 0.25)]
    bundle = Bundle("loss", "epoch", "loss", [Group("a", "s0", "", [(0, curve)], curve, curve, curve, "g0", 1)], (0.0, 1.0))
    drawing = ET.fromstring(bundle_svg(bundle))
    thin = next(p for p in drawing.iter("path") if "data-run" in p.attrib)
    median = next(p for p in drawing.iter("path") if p.attrib.get("class") == "curve s0")
    begin = [tuple(map(float, re.match(r"M([\d.]+) ([\d.]+)", p.attrib["d"]).groups())) for p in (thin, median)]
    assert begin[0] == begin[1]
    assert median.attrib["data-values"].startswith("1:1,000;")
