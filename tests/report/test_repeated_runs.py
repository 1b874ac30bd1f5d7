"""Three seeds on a page: verdict, bands, axes, linked charts, the network once, rasters, speed and provenance."""

import json
import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import reader
from chromium import CUT, FAINT, OVERLAPS, WIDER, Tab
from reader import rows, section
from saved_files import journal, saved

from spikegraph.backends.report.clocks import knots, mean_knots
from spikegraph.backends.report.network_differences import differences, same_network
from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.repeated import Repeated, mean_line
from spikegraph.backends.report.sections.speed import processor, speed
from spikegraph.program.program import Program
from spikegraph.runs.rasters import LayerRaster, Rasters, write_rasters
from spikegraph.runs.usage import HEAD

ACCURACIES = (70.0, 74.0, 81.0)
SCALES = (1.0, 1.5, 2.0)
LOSS = "#curves .chart >> nth=0"


@pytest.fixture(scope="module")
def seeds(runs, tmp_path_factory):
    """Three runs with losses in the ratio 2 : 3 : 4; the last one has rasters, a table of usage, notes and a log."""
    folder, paths = tmp_path_factory.mktemp("seeds"), []
    for seed, (accuracy, scale) in enumerate(zip(ACCURACIES, SCALES, strict=True)):
        path = shutil.copytree(runs["images"], folder / f"seed{seed}")
        change(
            path / "manifest.json", lambda m, seed=seed: m.update(seed=seed, source="git abc, modified", packages={"p": "1"})
        )
        change(path / "summary.json", lambda s, accuracy=accuracy: judged(s, accuracy))
        lines = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
        for line in lines:
            line["losses"] = {name: scale * value for name, value in line.get("losses", {}).items()}
        (path / "metrics.jsonl").write_text("".join(json.dumps(x if x["losses"] else without(x)) + "\n" for x in lines))
        paths.append(path)
    usage = ["1061,retrain,1,1,1073741824,2.0,0", "1071,retrain,1,5,2147483648,7.0,0", "1081,retrain,2,5,2147483648,1.0,0"]
    (paths[2] / "usage.csv").write_text("\n".join([HEAD, *usage, ""]))
    (paths[2] / "notes.txt").write_text("tried <b> on Friday")
    (folder / "sweep.json").write_text("{}")
    (folder / "logs").mkdir()
    (folder / "logs" / "seed2.log").write_text("kernels: compiled")
    spikes = np.array([[3, 0], [1, 0], [0, 2]], np.uint8)
    layers = tuple(
        LayerRaster(name, 50, 0.5, np.array([3, 30]), spikes, np.array([0]), np.array([[0.7], [0.9], [0.1]], np.float32))
        for name in ("stem", "cells")
    )
    write_rasters(paths[2] / "rasters.npz", Rasters("sample 4", layers, {"film": np.eye(6, dtype=np.int8)[None].repeat(3, 0)}))
    return paths


def change(path, by):
    found = json.loads(path.read_text())
    by(found)
    path.write_text(json.dumps(found))


def judged(found, accuracy):
    found["evaluation"]["metrics"] = {"accuracy_percent": accuracy}
    found["evaluation"]["samples"] = 263
    found["baselines"] = {name: {"accuracy_percent": value} for name, value in (("nearest mean", 80.0), ("majority", 10.0))}


def without(line):
    return {name: value for name, value in line.items() if name != "losses"}


@pytest.fixture(scope="module")
def file(seeds, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(report([Record.read(seed) for seed in seeds], now=2_000_000_000), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def root(file):
    return reader.read(file.read_text(encoding="utf-8"))


def test_the_verdict_comes_first_with_its_interval(root, seeds):
    """The interval is 75 -+ 4.303 sqrt(31 / 3), by a table of Student's t."""
    text = section(root, "summary").text
    verdict = "accuracy 75 ± 5.6 % over 3 runs; 95 % interval of the mean 61.17 to 88.83 %."
    assert text.startswith(
        f"Summary{verdict} Better than majority (10 %); no evidence of a difference from nearest mean (80 %)."
    )
    one = section(reader.read(report([Record.read(seeds[0])])), "summary").text
    assert one.startswith("SummaryThe network's accuracy, 70 %, is not better than the baseline nearest mean (80 %)")
    # The Wilson interval of 184.1 of 263 samples.
    assert "95 % interval 64.2 to 75.2 %, for drawing 263 test samples" in one


def test_curves_have_a_mean_and_a_deviation(root, seeds):
    chart = next(f for f in section(root, "curves").all("figure"))
    label = "cifar10.sdhs: mean of 3, ± deviation"
    assert [li.text for li in chart.one("ul").all("li")] == [label]
    _, (head, *found) = saved(chart)
    assert head == ["curve", "epoch", "loss"]
    own = [e["losses"]["loss"] for e in journal(seeds[0], "retrain", "epoch")]
    assert [float(y) for name, _, y in found if name == label] == pytest.approx([1.5 * y for y in own])
    band = [float(y) for _, y in re.findall(r"([\d.]+),([\d.]+)", next(chart.all("polygon")).attributes["points"])]
    dots = [float(d.attributes["cy"]) for d in next(chart.all("svg", role="img")).all("circle")]
    # The deviation is half of the first run's loss: a third of the mean, on both sides of it.
    unit = (dots[3] - dots[0]) / (1.5 * (own[0] - own[3]))
    assert [low - dot for low, dot in zip(band, dots, strict=False)] == pytest.approx([0.5 * y * unit for y in own], abs=0.2)
    assert [dot - up for up, dot in zip(band[::-1], dots, strict=False)] == pytest.approx(
        [0.5 * y * unit for y in own], abs=0.2
    )


def test_a_mean_ends_where_a_curve_does():
    curves = [[(float(x), 10.0 * k + x) for x in range(1, length + 1)] for k, length in enumerate((2, 2, 4))]
    line = mean_line(Repeated("g0", "lr = 1", range(4)), 0, curves, 0.0)
    assert (line.label, line.points) == ("lr = 1: mean of 3, ± deviation", [(1.0, 11.0), (2.0, 12.0)])
    assert line.band == [(1.0, 1.0, 21.0), (2.0, 2.0, 22.0)]


def test_clocks(seeds):
    """A retraining's entries are a second apart, and an epoch begins each minute."""
    run = Record.read(seeds[0])
    found = knots(run, "retrain")
    flat = [number for knot in found[:7] for number in knot]
    assert flat == pytest.approx([0, 0, 0.2, 1, 0.4, 2, 0.6, 3, 0.8, 4, 1, 5, 1.2, 61])
    assert mean_knots([[(0, 0), (1, 10), (2, 20)], [(0, 0), (2, 60)]]) == [(0, 0), (1, 20), (2, 40)]
    assert speed(run, "retrain")[0] == pytest.approx((0.5 / 60, 1.0))
    assert knots(run, "test") == []
    # The third line is of another process, whose time begins at 0.
    assert processor(Record.read(seeds[2]), "retrain") == [pytest.approx((10 / 60, 50.0))]


def test_the_network_is_drawn_once(root):
    part = section(root, "diagrams")
    assert "The network of all runs:" in part.text
    assert part.text.count("Its network is the one above.") == 3
    drawn = [f.one("strong").text for f in part.all("figure")]
    assert (drawn.count("the network"), drawn.count("the cells")) == (1, 1)


NETWORK = """sdhs 1
neuron act { decay = 0.5 }

network net {
  input image : real[1, 8, 8]
  time = 2
  first = image -> conv(3, out = 4) -> act
  output logits = first -> pool -> linear(10) -> mean(time)
}
"""


def test_what_differs_between_two_networks(tmp_path):
    def built(name, text):
        (tmp_path / f"{name}.sdhs").write_text(text)
        return Program.read(tmp_path / f"{name}.sdhs").build("retrain")

    one, other = built("one", NETWORK), built("other", NETWORK.replace("out = 4", "out = 6"))
    again = built("again", NETWORK.replace("decay = 0.5", "decay  =  0.5"))
    assert same_network(one, again)
    assert not same_network(one, other)
    found = reader.read(differences("a", one.plain, "b", other.plain))
    assert found.text.startswith("3 of 6 operations differ from the network of a.")
    assert [row[0] for row in rows(found)] == ["operation", "first.conv", "first", "logits.pool"]
    assert rows(found)[1] == ["first.conv", "conv 3 × 3 of image: 4 × 8 × 8", "conv 3 × 3 of image: 6 × 8 × 8"]


def test_a_raster_counts_spikes_and_names_neurons(root):
    figure = next(f for f in root.all("figure") if f.text.startswith("spikes of cells"))
    assert "2 of 50 neurons; a mark may be several spikes" in figure.text
    drawing = figure.one("svg", role="img")
    assert drawing.attributes["aria-label"] == "spikes of cells: 6 spikes of 2 neurons in 3 time steps"
    assert {"3", "30"} <= {t.text for t in drawing.all("text")}


def test_where_a_run_comes_from_and_its_log(root):
    text = section(root, "spec").text
    assert "commitgit abc, modified" in text
    assert ["p", "1"] in rows(section(root, "spec"))
    assert "tried <b> on Friday" in text
    assert text.count("kernels: compiled") == 1
    logged = rows(section(root, "spec"))
    assert ["2026-01-01T00:00:00+00:00", "started", ""] in logged
    assert ["1970-01-01T00:17:48+00:00", "retrain, epoch 1"] in [row[:2] for row in logged]
    text = section(root, "speed").text
    assert "seed0 weren't recorded" in text
    assert "seed2 weren't recorded" not in text


@pytest.mark.parametrize("width", [390, 1920])
def test_the_page_in_a_browser(tab: Tab, file, width):
    page = tab.open(file, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        assert page.evaluate(FAINT) == []
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert [page.evaluate(script) for script in (WIDER, CUT, OVERLAPS)] == [[], [], []]
    shown = page.locator(".layer:visible")
    assert shown.count() == 1
    page.select_option(".layers", label="cells")
    assert "spikes of cells" in page.locator(".layer:visible").inner_text()
    if width == 1920:
        box = page.locator("main").bounding_box()
        assert box is not None and box["width"] > 1800
        check_axes(page)
        check_links(page)
    assert tab.messages == []


def check_axes(page):
    """A mean of an epoch is at its middle, also over steps and over time."""
    drawing = page.locator(LOSS).locator("svg:visible").last
    dots, ticks = "circle.dot", "text[text-anchor=middle]:visible"
    first = drawing.get_attribute("data-range")
    for axis, label, middles in (
        ("step", "step", [2.5, 7.5, 12.5, 17.5]),
        ("time", "time (min)", [t / 60 for t in (2.5, 62.5, 122.5, 182.5)]),
        ("epoch", "epoch", [0.5, 1.5, 2.5, 3.5]),
    ):
        page.select_option(".axes", axis)
        assert drawing.get_attribute("data-x") == label
        low, high, left, right = map(float, drawing.get_attribute("data-range").split())
        at = [float(d.get_attribute("cx")) for d in drawing.locator(dots).all()]
        values = [low + (x - left) / (right - left) * (high - low) for x in at]
        assert values == pytest.approx(middles, abs=(high - low) / 1000), axis
        texts = drawing.locator(ticks).all_text_contents()
        assert label in texts and "0" in texts
        assert page.evaluate(CUT) == []
    assert list(map(float, first.split())) == pytest.approx([low, high, left, right])


def check_links(page):
    """What is under the pointer in a chart, and what is picked in a legend, is marked in the charts beside it."""
    charts = page.locator("#curves .charts >> nth=0").locator("figure")
    drawing = charts.nth(0).locator("svg:visible").last
    drawing.scroll_into_view_if_needed()
    box = drawing.locator("circle.dot").nth(1).bounding_box()
    page.mouse.move(box["x"], box["y"] + 20)
    assert charts.nth(1).locator("circle.mark-value").count() == 4
    page.mouse.move(0, 0)
    assert page.locator(".mark-value").count() == 0
    button = charts.nth(0).locator(".pick")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert charts.nth(1).locator("path.picked").count() == 1
    button.click()
    assert page.locator(".picked").count() == 0
    before = drawing.bounding_box()["width"]
    charts.nth(0).locator("[data-larger]").click()
    assert drawing.bounding_box()["width"] > 1.8 * before
    page.locator(".sortable tbody tr").nth(1).hover()
    assert charts.nth(1).locator("path.on").get_attribute("data-label") == "seed1"


def test_a_saved_band_looks_as_on_the_page(tab: Tab, file):
    page = tab.open(file, 1440)
    with page.expect_download() as download:
        page.locator(f"{LOSS} >> [data-save]").click()
    (band,) = ET.parse(download.value.path()).getroot().iter("{http://www.w3.org/2000/svg}polygon")
    assert (band.attrib["fill"], band.attrib["fill-opacity"]) == ("rgb(0, 114, 178)", "0.16")


COST = {"candidates": 4, "trainings": 4.0, "seconds": 1.0, "chosen": 2}


@pytest.mark.parametrize(
    ("cost", "why"),
    [(None, "an older version of spikegraph trained it"), (COST, "it was trained as a candidate of the search")],
)
def test_why_a_run_has_no_memory_and_processor_time(seeds, tmp_path, cost, why):
    path = shutil.copytree(seeds[0], tmp_path / "first")
    change(path / "summary.json", lambda summary: summary.update(cost=cost))
    text = section(reader.read(report([Record.read(path)])), "speed").text
    assert text.endswith(f"Memory and processor time of first weren't recorded: {why}.")
