"""Markup, tables, charts, pictures and diagrams, each by itself."""

import math
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import reader
from PIL import Image

from spikegraph.backends.graphviz.render import render
from spikegraph.backends.graphviz.theme import DARK, LIGHT
from spikegraph.backends.report import palette
from spikegraph.backends.report.bars import PART, Bars, bars
from spikegraph.backends.report.chart import SMALL, Chart, Line, drawn, figure, spread, svg
from spikegraph.backends.report.diagram import two_grounds, zoomable
from spikegraph.backends.report.markup import Html, Names, el, join
from spikegraph.backends.report.pictures import HEAT, events, mapped, photograph, ramp
from spikegraph.backends.report.sections.costs import unit_of
from spikegraph.backends.report.sections.curves import MOST, thinned
from spikegraph.backends.report.sections.spec import option
from spikegraph.backends.report.sections.summary import clock, name_and_unit
from spikegraph.backends.report.table import number, table, words
from spikegraph.cli.entry import run
from spikegraph.genotype.architecture import Architecture


def test_texts_are_escaped_and_markup_is_not():
    assert el("p", "a < b & c", el("br"), class_="x", data_a='"<', hidden=True, id=None) == (
        '<p class="x" data-a="&quot;&lt;" hidden>a &lt; b &amp; c<br></p>'
    )
    assert join("<", None, Html("<i></i>")) == "&lt;<i></i>"
    assert el("a", value=0, other=False, x=1.5) == '<a value="0" x="1.5"></a>'


def test_names_are_given_once():
    names = Names()
    assert [names.new("a"), names.new("b"), names.new("a")] == ["a-1", "b-2", "a-3"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.1235"), (12.0, "12"), (7056.0, "7,056"), (1e-7, "1e-07"), (math.nan, "not a number"), (math.inf, "infinite")],
)
def test_numbers(value, text):
    assert number(value) == text
    assert words(1234567) == "1,234,567"
    assert words(None) == "–"


def test_columns_of_numbers_are_flush_right():
    tree = reader.read(table(["a", "b"], [["x", 1], ["y", None]], label="t"))
    assert [th.attributes.get("class") for th in tree.one("thead").all("th")] == [None, "n"]
    assert [td.text for td in tree.all("td")] == ["1", "–"]
    assert tree.one("div").attributes["aria-label"] == "t"


def straight(x, y):
    return 10 * x, 10 * y


def test_a_curve_breaks_where_a_value_is_missing():
    (path,) = drawn(Line("a", [(0, 1), (1, 2), (2, math.nan), (3, 1), (4, 0)], "s0"), straight, steps=False)
    assert 'd="M0.0 10.0L10.0 20.0M30.0 10.0L40.0 0.0"' in path
    (path,) = drawn(Line("a", [(0, 1), (1, 2)], "s0"), straight, steps=True)
    assert 'd="M0.0 10.0H10.0V20.0"' in path


def test_a_chart_says_what_it_shows():
    chart = Chart(
        "loss", "epoch", "loss of <x>", [Line("a", [(1, 2.0), (2, 1.0)], "s0", dots=True), Line("b", [(1, 3.0)], "s1")]
    )
    tree = reader.read(figure(chart))
    assert [li.text for li in tree.one("ul").all("li")] == ["a", "b"]
    drawing = tree.one("svg", role="img")
    assert drawing.attributes["aria-label"] == "loss: loss of <x> over epoch; a from 2 to 1, b from 3 to 3"
    assert {"epoch", "loss of <x>"} <= {t.text for t in drawing.all("text")}
    assert [t.text for t in drawing.all("title")] == ["a: 2 at 1", "a: 1 at 2"]
    # Curves with other x have a table of their own.
    assert [len(list(t.all("tr"))) for t in tree.all("table")] == [3, 2]


def test_a_chart_of_one_value_and_of_none():
    assert spread([3.0, 3.0], 0.1) == pytest.approx((2.7, 3.3))
    assert spread([0.0], 0.1) == (-1.0, 1.0)
    assert spread([math.inf], 0.1) == (0.0, 1.0)
    assert "no curve" in svg(Chart("a", "x", "y", [Line("a", [], "s0")]))


def test_epochs_are_marked_whole():
    chart = Chart("a", "epoch", "y", [Line("a", [(1, 0.0), (2, 1.0)], "s0")], whole=True, size=SMALL, y_range=(0.0, 1.0))
    texts = [t.text for t in reader.read(svg(chart)).all("text")]
    assert texts[:2] == ["1", "2"]
    assert "1.5" not in texts


def test_many_bars_stand_in_columns():
    values = {f"layer{k}": {"a": float(k), "b": 1.0} for k in range(2 * PART + 1)}
    tree = reader.read(bars(Bars("rates", "spikes", values, ["a", "b"])))
    parts = list(tree.all("svg", role="img"))
    assert [len([r for r in p.all("rect") if "bar" in r.classes]) for p in parts] == [18, 18, 14]
    longest = [r for r in parts[-1].all("rect") if "bar" in r.classes][-2]
    assert longest.attributes["width"] == "314"
    assert [li.text for li in tree.one("ul").all("li")] == ["a", "b"]


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


def test_one_diagram_for_both_grounds():
    subject = Architecture("a", {"cell": {"n0": {"prev": "c3", "prev2": "c5"}}}, {})
    text = two_grounds(lambda dark: render(subject, dark=dark), "the cells")
    tree = reader.read(text)
    drawing = tree.one("svg")
    assert drawing.attributes["aria-label"] == "the cells"
    assert {t.text for t in tree.all("text")} >= {"prev", "prev2", "c3", "c5", "n0"}
    assert f"fill:light-dark({LIGHT.ground.lower()},{DARK.ground.lower()});" in text
    # A candidate's label is dark on either ground, since its box has the same colour on both.
    assert f"fill:light-dark({LIGHT.on_colour.lower()},{DARK.on_colour.lower()});" in text
    assert not [e for e in tree.all() if {"id", "class", "xmlns"} & e.attributes.keys()]
    assert "ns0:" not in text
    assert [b.attributes["data-zoom"] for b in reader.read(zoomable(text, "cells")).all("button")] == [
        "out",
        "in",
        "fit",
        "one",
    ]


def test_the_palette_is_that_of_the_diagrams():
    text = palette.variables()
    assert f"--ground:{LIGHT.ground};" in text.partition("@media")[0]
    assert f"--ground:{DARK.ground};" in text.partition("@media")[2]
    assert len({(palette.colour(k), palette.dash(k)) for k in range(14)}) == 14


def test_small_words():
    assert name_and_unit("mean_depth_error_cm") == ("mean depth error", "cm")
    assert name_and_unit("loss") == ("loss", "")
    assert [clock(s) for s in (3, 65, 7300, 200000)] == ["3 s", "1 min 5 s", "2 h 1 min", "2 days 7 h"]
    assert [unit_of(mj)[0] for mj in (3.0, 0.1, 0.0007, 1e-9)] == ["mJ", "mJ", "µJ", "nJ"]
    assert option(["a", "--data", "x"], "--data") == "x"
    assert option(["a", "--data=y"], "--data") == "y"
    assert option(["a"], "--data") is None


def test_the_command(runs, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert run(["report", str(runs["seed0"]), str(runs["searching"]), "-o", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    tree = reader.read(out.read_text(encoding="utf-8"))
    assert tree.one("head").one("title").text == "Runs seed0, searching"


def test_what_the_command_refuses(runs, tmp_path, capsys):
    out = str(tmp_path / "page.html")
    assert run(["report", str(runs["seed0"]), str(runs["seed0"]), "-o", out]) == 2
    assert "a run is named twice" in capsys.readouterr().err
    assert run(["report", str(tmp_path), "-o", out]) == 3
    assert "it has no manifest.json" in capsys.readouterr().err
    assert run(["report", "-o", out]) == 2
    assert not (tmp_path / "page.html").exists()


def test_runs_of_one_name_are_told_apart(tmp_path):
    from spikegraph.cli.report import labels

    paths = [tmp_path / "a" / "run", tmp_path / "b" / "run", tmp_path / "other"]
    assert labels(paths) == [str(paths[0]), str(paths[1]), "other"]
