"""The page of many runs: its contents, and in a browser the table and the curves."""

import re
import shutil
import xml.etree.ElementTree as ET

import pytest
import reader
from chromium import CUT, FAINT, OVERLAPS, SHOWN, WIDER, WIDTHS
from made_runs import make
from reader import rows, section, titles

from spikegraph.backends.report.page import report_many
from spikegraph.backends.report.sections.all_curves import bundle
from spikegraph.charts.bundle import bundle_svg
from spikegraph.overview.curves import CurveName
from spikegraph.overview.listed import read_listed


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of twelve finished runs and one that was killed; every other one has another learning rate."""
    folder = tmp_path_factory.mktemp("many")
    first, other = make(folder / "0", "cifar10"), make(folder / "1", "cifar10", seed=1)
    spec = other / "resolved.sdhs"
    spec.write_text(spec.read_text().replace("lr = 0.1,", "lr = 0.2,"))
    manifest = other / "manifest.json"
    manifest.write_text(re.sub(r'"resolved_sha256": "\w+"', '"resolved_sha256": "other"', manifest.read_text()))
    paths = [first, other]
    for k in range(2, 13):
        paths.append(shutil.copytree(paths[k % 2], folder / str(k)))
    (paths[12] / "summary.json").unlink()
    runs = read_listed(paths)
    path = folder / "page.html"
    names = [run.path.name for run in runs]
    path.write_text(report_many(runs, names, "13 runs", now=2_000_000_000, reload=60.0), encoding="utf-8")
    return path


def test_the_contents(file):
    root = reader.read(file.read_text(encoding="utf-8"))
    assert [s.attributes["id"] for s in root.all("section")] == ["summary", "runs", "curves", "genotype"]
    assert "12 finished 1 lost" in section(root, "summary").text
    assert len(rows(section(root, "runs"))) == 14
    assert titles(root, "curves") == ["loss", "accuracy", "loss"]
    assert len(list(section(root, "curves").all("path", data_run="3"))) == 3
    assert "13 runs have 2 different genotypes, the most frequent one is in 7 of them." in section(root, "genotype").text
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org)", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_or_hidden(tab, file, width):
    page = tab.open(file, width)
    assert tab.messages == []
    assert len(tab.requests) == 1
    for script in (SHOWN, CUT, OVERLAPS, WIDER, FAINT):
        assert page.evaluate(script) == []


def test_the_table_is_sorted_and_filtered_and_stays_so(tab, file):
    page = tab.open(file, 1440)
    names = "[...document.querySelectorAll('.sortable tbody tr:not([hidden]) th')].map((e) => e.textContent)"
    assert page.evaluate(names) == [str(k) for k in range(13)]
    button = page.locator("th[data-column=run] button")
    button.click()
    button.click()
    assert page.evaluate(names)[:2] == ["12", "11"]
    assert page.locator("th[data-column=run]").get_attribute("aria-sort") == "descending"
    page.fill("#filter", "seed=1 state=fin* cifar10")
    shown = ["11", "9", "7", "5", "3", "1"]
    assert page.evaluate(names) == shown
    assert page.inner_text("#filtered") == "6 of 13 runs"
    drawn = "new Set([...document.querySelectorAll('.bundle path[data-run]:not(.off)')].map((e) => e.dataset.run)).size"
    assert page.evaluate(drawn) == 6
    page.reload()
    assert page.evaluate(names) == shown
    page.fill("#filter", "accuracy_percent>1000")
    assert page.evaluate(names) == []
    page.fill("#filter", "accuracy>1")
    assert page.inner_text("#filtered").startswith("0 of 13 runs; there is no column accuracy: the columns are run, ")
    page.fill("#filter", "accuracy_percent!=7 state=lost")
    assert page.evaluate(names) == ["12"]


ENDS = """(chart) => {
  const [low, high, left, right] = chart.dataset.range.split(" ").map(Number);
  const value = (x) => low + ((x - left) / (right - left)) * (high - low);
  return [".thin path[data-run='3']", "path[data-key=g1]", "polygon[data-key=g1]"].map((name) => {
    const box = chart.querySelector(name).getBBox();
    return [value(box.x), value(box.x + box.width)];
  });
}"""
"""Where a run, its median and its band begin and end on the x axis."""


def test_curves_are_drawn_over_steps_and_time(tab, file):
    """Epochs have five steps, not eight with the iterations of a surrogate search, and end a minute after each other."""
    page = tab.open(file, 1440)
    loss, accuracy, search = page.locator(".bundle > svg").all()
    before = [chart.evaluate(ENDS) for chart in (loss, accuracy, search)]
    for axis, label, ends in (
        ("step", "step", [(2.5, 17.5), (5, 20), (2.5, 12.5)]),
        ("time", "time (min)", [(0.5, 3.5), (1, 4), (0.5, 2.5)]),
        ("epoch", "epoch", [(0.5, 3.5), (1, 4), (0.5, 2.5)]),
    ):
        page.select_option(".axes", axis)
        for chart, (first, last) in zip((loss, accuracy, search), ends, strict=True):
            assert chart.get_attribute("data-x") == label
            assert f" over {label};" in chart.get_attribute("aria-label")
            for found in chart.evaluate(ENDS):
                assert found == pytest.approx([first, last], abs=last / 200)
        assert page.evaluate(CUT) == []
        assert page.evaluate(OVERLAPS) == []
    for chart, found in zip((loss, accuracy, search), before, strict=True):
        for now, then in zip(chart.evaluate(ENDS), found, strict=True):
            assert now == pytest.approx(then)
    assert tab.messages == []


def test_charts_of_many_runs_are_linked_and_can_be_enlarged(tab, file):
    page = tab.open(file, 1920)
    charts = page.locator(".bundle").filter(has=page.locator("svg"))
    page.select_option(".axes", "time")
    charts.nth(0).scroll_into_view_if_needed()
    box = charts.nth(0).locator("> svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    marks = [charts.nth(k).locator("circle.mark-value").count() for k in range(3)]
    assert marks == [2, 2, 0]  # the search is another phase
    page.mouse.move(0, 0)
    charts.nth(0).locator("[data-larger]").click()
    assert charts.nth(0).locator("> svg").bounding_box()["width"] > 1.2 * box["width"]
    charts.nth(1).locator(".pick").nth(1).click()
    assert page.locator("path.picked").count() == 3


def test_a_small_group_among_many_runs_keeps_its_lines_and_its_band():
    name = CurveName("retrain", False, "loss")
    curves = [{name: [(1.0, float(k)), (2.0, float(k))]} for k in range(5034)]
    groups = {"large": range(5000), "middle": range(5000, 5030), "small": range(5030, 5034)}
    found = bundle(name, groups, curves, {})
    large, middle, small = ([k for k, _ in group.curves] for group in found.groups)
    assert small == [5030, 5031, 5032, 5033]
    assert middle == list(range(5000, 5030, 3))
    assert 800 < len(large) <= 1000 - 14
    drawing = reader.read(bundle_svg(found))
    assert [band.attributes["data-key"] for band in drawing.all("polygon")] == ["g0", "g1", "g2"]
    assert drawing.one("svg").attributes["aria-label"].startswith("loss of 5,034 runs: ")


def test_saved_bands_have_the_colours_of_their_groups(tab, file):
    page = tab.open(file, 1440)
    with page.expect_download() as download:
        page.locator(".bundle [data-save]").first.click()
    bands = list(ET.parse(download.value.path()).getroot().iter("{http://www.w3.org/2000/svg}polygon"))
    assert [band.attrib["fill"] for band in bands] == ["rgb(0, 114, 178)", "rgb(168, 70, 0)"]
    assert {band.attrib["fill-opacity"] for band in bands} == {"0.16"}


def test_a_run_without_a_clock_is_drawn_over_epochs_alone(file, tab, tmp_path):
    folder = tmp_path / "runs"
    shutil.copytree(file.parent, folder)
    journal = folder / "12" / "metrics.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    ended = [k for k, line in enumerate(lines) if '"event": "epoch", "phase": "retrain"' in line]
    journal.write_text("".join(lines[: ended[0] + 1]))
    runs = read_listed([folder / str(k) for k in range(13)])
    path = tmp_path / "page.html"
    path.write_text(report_many(runs, [run.path.name for run in runs], "13 runs", now=2_000_000_000), encoding="utf-8")
    page = tab.open(path, 1440)
    curve = page.locator(".bundle >> nth=0").locator(".thin path[data-run='12']")
    assert curve.evaluate("(e) => getComputedStyle(e).display") == "inline"
    page.select_option(".axes", "time")
    assert curve.evaluate("(e) => getComputedStyle(e).display") == "none"
    page.select_option(".axes", "epoch")
    assert curve.evaluate("(e) => getComputedStyle(e).display") == "inline"
    assert tab.messages == []
