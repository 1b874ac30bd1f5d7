"""The page of many runs: its contents, and in a browser the table and the curves."""

import re
import shutil

import pytest
import reader
from chromium import CUT, FAINT, OVERLAPS, SHOWN, WIDER, WIDTHS
from made_runs import make
from reader import rows, section, titles

from spikegraph.backends.report.page import report_many
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
    page.fill("#filter", "accuracy_percent!=7 state=lost")
    assert page.evaluate(names) == ["12"]
