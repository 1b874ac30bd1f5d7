"""Charts in a browser: on the first screen, with values under the pointer, a logarithmic axis, and files to save."""

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import made_runs
import numpy as np
import pytest
from chromium import CUT, FAINT, OVERLAPS, WIDER, WIDTHS, Tab
from playwright.sync_api import Page, expect
from saved_files import journal

SVG = "{http://www.w3.org/2000/svg}"
LOSS = "#curves .chart >> nth=0"
HEIGHTS = {390: 844, 1440: 900}


@pytest.fixture(scope="module")
def hundred(runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with a hundred classes."""
    from spikegraph.backends.report.page import report
    from spikegraph.backends.report.record import Record

    folder = shutil.copytree(runs["images"], tmp_path_factory.mktemp("hundred") / "hundred")
    found = json.loads((folder / "summary.json").read_text())
    found["evaluation"]["confusion"] = made_runs.confusion(np.random.default_rng(3), 100)
    (folder / "summary.json").write_text(json.dumps(found))
    path = folder.with_suffix(".html")
    path.write_text(report([Record.read(folder)]), encoding="utf-8")
    return path


def saved(shown: Page, link: str) -> tuple[str, str]:
    """The name and the text of the file that a click on a link saves."""
    with shown.expect_download() as download:
        shown.locator(link).click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", [("seed0",), ("images",), ("retraining",)], ids="-".join)
def test_curves_are_on_the_first_screen(tab: Tab, page, names, width) -> None:
    shown = tab.open(page(*names), width)
    shown.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    box = shown.locator(LOSS).locator("svg:visible").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= HEIGHTS[width]
    if width == 1440 and names == ("images",):
        titles = shown.locator("#curves .charts >> nth=0").locator("strong").all_text_contents()
        assert titles == ["loss", "accuracy", "learning rate of the weights"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_navigation_stays_at_the_top(tab: Tab, page, width) -> None:
    shown = tab.open(page("images"), width)
    for key in ("rates", "examples", "curves", "spec"):
        shown.evaluate(f"document.documentElement.style.scrollBehavior = 'auto'; location.hash = '{key}'")
        expect(shown.locator("nav [aria-current]")).to_have_attribute("href", f"#{key}")
        bar = shown.evaluate("JSON.parse(JSON.stringify(document.querySelector('nav').getBoundingClientRect()))")
        assert bar["top"] == 0
        assert bar["height"] < 60
        # The heading isn't hidden below it, and the marked link is in view.
        top = shown.evaluate(f"document.querySelector('#{key} h2').getBoundingClientRect().top")
        assert top >= bar["height"]
        link = shown.locator("nav [aria-current]").bounding_box()
        assert link is not None
        assert link["x"] >= 0
        assert link["x"] + link["width"] <= width
        assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pointer_shows_values(tab: Tab, page, runs, width) -> None:
    shown = tab.open(page("seed0"), width)
    tip, drawing = shown.locator(".tip"), shown.locator(LOSS).locator("svg:visible")
    assert tip.is_hidden()
    for epoch, dot in enumerate(drawing.locator("circle.dot").all(), 1):
        drawing.scroll_into_view_if_needed()
        at = dot.bounding_box()
        assert at is not None
        shown.mouse.move(at["x"] + at["width"] / 2, at["y"] + 30)
        loss = journal(runs["seed0"], "retrain", "epoch")[epoch - 1]["losses"]["loss"]
        assert f"mean of the epoch: {loss:.4g} at {epoch}" in tip.inner_text()
        steps = [e for e in journal(runs["seed0"], "retrain", "step") if e["epoch"] == epoch]
        near = min(steps, key=lambda e: abs(e["step"] / made_runs.STEPS - 0.5))["losses"]["loss"]
        others = {f"{e['losses']['loss']:.4g}" for e in steps}
        shown_step = re.search(r"seed0, steps: ([\d.]+)", tip.inner_text())
        assert shown_step is not None
        assert shown_step[1] in others, near
        box = tip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert drawing.locator("circle.mark-value").count() == 2
    shown.mouse.move(0, 0)
    assert tip.is_hidden()
    assert drawing.locator(".mark-value").count() == 0
    assert tab.messages == []


def test_a_legend_of_several_runs_is_in_the_values(tab: Tab, page) -> None:
    shown = tab.open(page("seed0", "seed1"), 1440)
    drawing = shown.locator(LOSS).locator("svg:visible")
    at = drawing.locator("circle.dot").nth(0).bounding_box()
    assert at is not None
    shown.mouse.move(at["x"], at["y"] + 20)
    assert {"seed0", "seed1"} <= set(re.findall(r"^(seed\d):", shown.locator(".tip").inner_text(), re.MULTILINE))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_losses_switch_to_a_logarithmic_axis(tab: Tab, page, tmp_path, script) -> None:
    path = page("seed0")
    if not script:
        text = path.read_text(encoding="utf-8")
        path = tmp_path / "plain.html"
        path.write_text(re.sub("<script>.*</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    shown = tab.open(path, 390)
    chart = shown.locator(LOSS)
    heights = []
    for checked in (False, True, False):
        chart.locator("input").set_checked(checked)
        assert chart.locator("svg:visible").count() == 1
        assert chart.locator("svg.log").is_visible() == checked
        dots = [d.bounding_box() for d in chart.locator("svg:visible circle.dot").all()]
        heights.append([d["y"] for d in dots if d is not None])
        assert shown.evaluate(CUT) == []
    first, second, third, fourth = heights[1]
    # The means are 2, 1, 2/3 and 1/2: equal factors are equal distances.
    assert fourth - second == pytest.approx(second - first, abs=0.2)
    assert third - second == pytest.approx((second - first) * np.log2(1.5), abs=0.2)
    assert heights[0] == heights[2] != heights[1]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_chart_is_saved_as_csv(tab: Tab, page, runs, width) -> None:
    shown = tab.open(page("images"), width)
    name, text = saved(shown, "#curves .chart:has(strong:text-is('accuracy')) a[download]")
    assert name == "retrain-accuracy.csv"
    head, *rows = csv.reader(text.splitlines())
    assert head == ["curve", "epoch", "accuracy (%)"]
    wanted = [(e["epoch"], e["metrics"]["accuracy_percent"]) for e in journal(runs["images"], "retrain", "epoch")]
    assert [(float(x), float(y)) for _, x, y in rows] == wanted
    _, rates = saved(shown, "#rates a[download]")
    measured = json.loads((runs["images"] / "summary.json").read_text())["evaluation"]["firing_rates"]
    found = {name: float(rate) for name, rate in list(csv.reader(rates.splitlines()))[1:]}
    assert len(found) == 25
    assert found.items() <= measured.items()
    assert tab.messages == []
    assert [u for u in tab.requests if not u.startswith(("data:", "blob:", "file:"))] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_chart_is_saved_as_svg(tab: Tab, page, dark) -> None:
    shown = tab.open(page("seed0", "seed1"), 1440, dark=dark)
    name, text = saved(shown, f"{LOSS} >> [data-save]")
    assert name == "retrain-loss.svg"
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert texts[0] == "loss"
    assert texts[-2:] == ["seed0", "seed1"]
    assert {"epoch", "loss"} <= set(texts)
    # It needs no style sheet, and is light on a dark page too.
    assert root[1].attrib["fill"] == "rgb(255, 255, 255)"
    curves = [p for p in root.iter(f"{SVG}path") if p.attrib["stroke-width"] == "2.1px"]
    assert [c.attrib["stroke"] for c in curves] == ["rgb(0, 114, 178)", "rgb(168, 70, 0)"]
    drawn = shown.locator(LOSS).locator("svg:visible path.curve:not(.faint)").all()
    assert [c.attrib["d"] for c in curves] == [p.get_attribute("d") for p in drawn]
    assert not [e for e in root.iter() if {"class", "data-values", "role"} & e.attrib.keys()]
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(18, 22, 28)" if dark else "rgb(255, 255, 255)")
    assert tab.messages == []


def test_runs_that_the_table_hides_are_in_no_part_of_a_chart(tab: Tab, page) -> None:
    shown = tab.open(page("seed0", "seed1"), 1440)
    shown.fill("#filter", "run=seed1")
    chart, drawing = shown.locator(LOSS), shown.locator(LOSS).locator("svg:visible").last
    runs = shown.locator("#curves circle.dot:visible").evaluate_all("(dots) => [...new Set(dots.map((e) => e.dataset.key))]")
    assert runs == ["1"]
    assert chart.locator(".legend li:visible").all_text_contents() == ["seed1"]
    at = drawing.locator("circle.dot:visible").first.bounding_box()
    assert at is not None
    shown.mouse.move(at["x"], at["y"] + 20)
    assert re.findall(r"^(seed\d)", shown.locator(".tip").inner_text(), re.MULTILINE) == ["seed1", "seed1"]
    _, text = saved(shown, f"{LOSS} >> [data-save]")
    root = ET.fromstring(text)
    assert len(list(root.iter(f"{SVG}circle"))) == drawing.locator("circle.dot").count() / 2
    colours = {part.attrib["stroke"] for part in root.iter(f"{SVG}path")}
    assert colours == {"rgb(168, 70, 0)"}
    assert [text.text for text in root.iter(f"{SVG}text")][-1] == "seed1"
    assert "seed0" not in [text.text for text in root.iter(f"{SVG}text")]
    shown.fill("#filter", "run=none")
    drawing.hover()
    assert shown.locator(".tip").is_hidden()
    assert tab.messages == []


def test_every_drawing_can_be_saved(tab: Tab, page, tmp_path) -> None:
    """Every file is sound, and none of its texts is outside."""
    names = []
    shown = tab.open(page("images"), 1440)
    for k in range(shown.locator("[data-save]").count()):
        if k % 8 == 0:
            shown = tab.open(page("images"), 1440)  # Chromium asks before the eleventh download of a page
        button = shown.locator("[data-save]").nth(k)
        button.evaluate("(of) => { for (let at = of; (at = at.parentElement?.closest('details')); ) at.open = true; }")
        with shown.expect_download() as download:
            button.click()
        root = ET.parse(download.value.path()).getroot()
        assert len(list(root.iter(f"{SVG}text"))) > 2
        assert list(root.iter(f"{SVG}path")) or list(root.iter(f"{SVG}rect"))
        names.append(download.value.suggested_filename)
    assert len(names) > 20
    assert {"confusion-matrix.svg", "firing-rate.svg", "accuracy.svg"} <= {n.removeprefix("images-") for n in names}
    # The file looks as on the page when it is opened alone.
    target = tmp_path / "matrix.svg"
    with shown.expect_download() as download:
        shown.locator("#examples [data-save]").click()
    download.value.save_as(target)
    alone = tab.open(target, 1440)
    assert alone.evaluate("document.querySelectorAll('svg text').length") > 100
    outside = """[...document.querySelectorAll("text")].filter((t) => {
      const a = t.getBoundingClientRect(), b = document.documentElement.getBoundingClientRect();
      return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1;
    }).map((t) => t.textContent)"""
    assert alone.evaluate(outside) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_hundred_classes(tab: Tab, hundred, width, dark) -> None:
    shown = tab.open(hundred, width, dark=dark)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(WIDER) == []
    assert shown.evaluate(CUT) == []
    assert shown.evaluate(OVERLAPS) == []
    assert shown.evaluate(FAINT) == []
    # The names of the classes stay in view in both directions.
    box = shown.locator(".classes")
    box.scroll_into_view_if_needed()
    box.evaluate("(e) => { e.scrollLeft = 900; e.scrollTop = 700; }")
    outer = box.bounding_box()
    row, column = (
        shown.locator(f".classes {q}").bounding_box() for q in ("tbody tr:nth-child(60) th", "thead th:nth-child(60)")
    )
    assert outer is not None
    assert row is not None
    assert column is not None
    assert row["x"] == pytest.approx(outer["x"], abs=2)
    assert column["y"] == pytest.approx(outer["y"], abs=2)


def test_texts_are_large_enough_on_a_phone(tab: Tab, page) -> None:
    small = """[...document.querySelectorAll("body *")].filter((e) => {
      const own = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
      if (!own || !e.getClientRects().length || e.matches("script, style, title, desc")) return false;
      const drawing = e.closest("svg"), scale = drawing ? drawing.getScreenCTM().a : 1;
      return parseFloat(getComputedStyle(e).fontSize) * scale < (drawing ? 9 : 12);
    }).map((e) => e.textContent)"""
    for names in (("seed0",), ("images",), ("seed0", "seed1")):
        assert tab.open(page(*names), 390).evaluate(small) == []
