"""Tables, pictures and diagrams of the page."""

import math
import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import reader
from PIL import Image

from spikegraph.analysis.energy import unit_of
from spikegraph.backends.graphviz.render import render
from spikegraph.backends.graphviz.theme import DARK, LIGHT
from spikegraph.backends.report import palette
from spikegraph.backends.report.embedded_diagram import light_and_dark, zoomable
from spikegraph.backends.report.html_table import formatted, table
from spikegraph.backends.report.pictures import HEAT, events, mapped, photograph, ramp
from spikegraph.backends.report.sections.curves import MOST, thinned
from spikegraph.backends.report.sections.summary import clock
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.format_number import number
from spikegraph.cli.entry import run
from spikegraph.genotype.architecture import Architecture


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.1235"), (12.0, "12"), (7056.0, "7,056"), (1e-7, "1e-07"), (math.nan, "not a number"), (math.inf, "infinite")],
)
def test_numbers(value, text):
    assert number(value) == text
    assert formatted(1234567) == "1,234,567"
    assert formatted(None) == "–"


def test_columns_of_numbers_are_aligned_right():
    tree = reader.read(table(["a", "b"], [["x", 1], ["y", None]], label="t"))
    assert [th.attributes.get("class") for th in tree.one("thead").all("th")] == [None, "n"]
    assert [td.text for td in tree.all("td")] == ["1", "–"]
    assert tree.one("div").attributes["aria-label"] == "t"


def test_means_of_neighbours():
    points = [(float(x), float(x % 2)) for x in range(10 * MOST)]
    found = thinned(points)
    assert len(found) == MOST
    assert found[0] == (9.0, 0.5)
    assert thinned(points[:5]) == points[:5]


def pixels(address):
    kind, _, data = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.array(Image.open(BytesIO(b64decode(data))).convert("RGBA"))


def test_events_as_a_picture():
    found = pixels(events(np.array([[2, 0], [-1, 0]], np.int8)))
    assert found[:, :, 3].tolist() == [[255, 0], [255, 0]]
    assert "#" + bytes(found[0, 0, :3]).hex().upper() == LIGHT.spike
    assert "#" + bytes(found[1, 0, :3]).hex().upper() == LIGHT.real


def test_numbers_as_a_picture():
    found = pixels(mapped(np.array([[0.0, 5.0, 10.0, 99.0, np.inf, np.nan]]), 0.0, 10.0, HEAT))[0]
    assert found[:, 3].tolist() == [255, 255, 255, 255, 0, 0]
    colours = HEAT.split()
    assert [bytes(found[k, :3]).hex() for k in (0, 1, 2, 3)] == [colours[0], colours[3], colours[-1], colours[-1]]
    assert pixels(mapped(np.full((2, 2), 3.0), 3.0, 3.0)).shape == (2, 2, 4)


def test_images_as_pictures():
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    assert np.array_equal(pixels(photograph(grey))[:, :, :3], np.repeat(grey, 3, axis=2))
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(pixels(photograph(colour))[:, :, :3], colour)


def test_a_ramp_has_its_colours_at_the_ends():
    assert ramp("000000 ffffff", 3) == ((0, 0, 0), (128, 128, 128), (255, 255, 255))


def test_one_diagram_for_light_and_dark_mode():
    subject = Architecture("a", {"cell": {"n0": {"prev": "c3", "prev2": "c5"}}}, {})
    text = light_and_dark(lambda dark: render(subject, dark=dark), "the cells")
    tree = reader.read(text)
    drawing = tree.one("svg")
    assert drawing.attributes["aria-label"] == "the cells"
    assert {t.text for t in tree.all("text")} >= {"prev", "prev2", "c3", "c5", "n0"}
    assert f"fill:light-dark({LIGHT.ground.lower()},{DARK.ground.lower()});" in text
    # A candidate's label is dark in both modes, because its box has the same colour.
    assert f"fill:light-dark({LIGHT.on_colour.lower()},{DARK.on_colour.lower()});" in text
    assert not [e for e in tree.all() if {"id", "class", "xmlns"} & e.attributes.keys()]
    # Every colour is one of the themes: none is left of those that stand for two while Graphviz draws.
    drawn = {e.attributes[name] for e in tree.all() for name in ("fill", "stroke") if name in e.attributes}
    known = {c.lower() for theme in (LIGHT, DARK) for c in re.findall("#[0-9A-Fa-f]{6}", repr(theme))}
    assert {c for c in drawn if c.startswith("#")} <= known
    assert "ns0:" not in text
    assert [b.attributes["data-zoom"] for b in reader.read(zoomable(text, "cells")).all("button")] == [
        "out",
        "in",
        "fit",
        "one",
    ]


def test_the_page_has_the_diagrams_colours():
    text = palette.variables()
    assert f"--ground:{LIGHT.ground};" in text.partition("@media")[0]
    assert f"--ground:{DARK.ground};" in text.partition("@media")[2]


def test_units_and_durations():
    assert name_and_unit("mean_depth_error_cm") == ("mean depth error", "cm")
    assert name_and_unit("loss") == ("loss", "")
    assert [clock(s) for s in (3, 65, 7300, 200000)] == ["3 s", "1 min 5 s", "2 h 1 min", "2 days 7 h"]
    assert [unit_of(mj)[0] for mj in (2e3, 3.0, 0.1, 0.0007, 1e-6, 1e-9)] == ["J", "mJ", "mJ", "µJ", "nJ", "pJ"]


def test_the_command(runs, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert run(["report", str(runs["seed0"]), str(runs["searching"]), "-o", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    tree = reader.read(out.read_text(encoding="utf-8"))
    assert tree.one("head").one("title").text == "Runs seed0, searching"


def test_errors_of_the_command(runs, tmp_path, capsys):
    out = str(tmp_path / "page.html")
    assert run(["report", str(runs["seed0"]), str(runs["seed0"]), "-o", out]) == 2
    assert "a run is given twice" in capsys.readouterr().err
    assert run(["report", str(tmp_path), "-o", out]) == 2
    assert "it has no manifest.json" in capsys.readouterr().err
    assert run(["report", "-o", out]) == 2
    assert not (tmp_path / "page.html").exists()


def test_runs_with_one_name_get_distinct_labels(tmp_path):
    from spikegraph.backends.report.of_runs import labels

    paths = [tmp_path / "a" / "run", tmp_path / "b" / "run", tmp_path / "other"]
    assert labels(paths) == ["a/run", "b/run", "other"]
