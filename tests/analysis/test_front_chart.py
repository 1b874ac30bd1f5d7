"""The picture of a front: a step line through its networks, and dots for the others."""

import re
import xml.etree.ElementTree as ET

from spikegraph.analysis.front_chart import front_chart, front_svg
from spikegraph.runs.front import FrontPoint

SVG = "{http://www.w3.org/2000/svg}"
VALUES = [{"accuracy": 60.0, "energy": 0.001}, {"accuracy": 80.0, "energy": 0.003}]
FRONT = [FrontPoint(k, "", values, "simple") for k, values in enumerate(VALUES, 1)]
OTHERS = [{"accuracy": 50.0, "energy": 0.002}, {"accuracy": float("-inf"), "energy": float("inf")}]


def test_axes_are_the_objectives_with_their_units() -> None:
    chart = front_chart(FRONT, OTHERS)
    assert (chart.title, chart.x, chart.y) == ("accuracy (%) over energy, simple (mJ)", "energy, simple (mJ)", "accuracy (%)")
    assert [line.label for line in chart.lines] == ["front", "not on the front"]
    assert [line.label for line in front_chart(FRONT).lines] == ["front"]


def test_a_score_holds_until_the_next_network() -> None:
    root = ET.fromstring(front_svg(FRONT, OTHERS))
    assert root.findtext(f"{SVG}title") == "The front of a search: accuracy (%) over energy, simple (mJ), 2 networks"
    line, apart = (path.attrib["d"] for path in root.iter(f"{SVG}path"))
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+", line)
    assert re.fullmatch(r"M[\d.]+ [\d.]+", apart)  # a dot, without a line
    dots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{SVG}circle")]
    assert len(dots) == 3
    assert dots[0][0] < dots[2][0] < dots[1][0] and dots[1][1] < dots[0][1] < dots[2][1]
