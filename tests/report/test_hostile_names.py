"""Names in a run's files can't add markup or scripts to the page, nor control characters."""

import html
import json
import re

import pytest
from made_runs import make

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.page import report, report_many
from spikegraph.backends.report.record import Record
from spikegraph.cli.entry import run
from spikegraph.overview.listed import read_listed

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'\x1b[31m\x9b\u202e"
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def folder(tmp_path):
    """A run of images whose manifest, methods and notes are hostile."""
    found = make(tmp_path / f"run{EVIL.replace('/', '')}", "cifar10")
    manifest = json.loads((found / "manifest.json").read_text())
    names = ("spec", "device", "data", "started", "spec_sha256")
    manifest |= {**dict.fromkeys(names, EVIL), "command": ["spikegraph", EVIL], "notes": [EVIL], "versions": {EVIL: EVIL}}
    manifest |= {"plugins": [EVIL], "profile": None}
    (found / "manifest.json").write_text(json.dumps(manifest))
    summary = json.loads((found / "summary.json").read_text())
    summary["baselines"] = {EVIL: next(iter(summary["baselines"].values()))}
    summary["notes"] = [EVIL]
    (found / "summary.json").write_text(json.dumps(summary))
    return found


def test_the_page(folder):
    page = report([Record.read(folder)], now=2_000_000_000)
    assert "alert(1)" in html.unescape(page)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not RAW.search(page)
    assert page.count("<script") == page.count("</script>")


def test_the_page_of_many_runs(folder):
    (folder / "summary.json").unlink()
    (folder / "ended.json").write_text(
        json.dumps({"format_version": 1, "how": "failed", "reason": EVIL, "status": 3, "time": EVIL})
    )
    runs = read_listed([folder, folder])
    page = report_many(runs, [EVIL, "b"], EVIL, now=2_000_000_000)
    assert "alert(1)" in html.unescape(page)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not RAW.search(page)


@pytest.mark.parametrize("arguments", [("show",), ("show", "--json"), ("runs",), ("runs", "--json"), ("show dir",), ("diff",)])
def test_the_terminal(folder, arguments, capsys):
    given = (folder.parent,) if arguments[0] in ("runs", "show dir") else (folder,) * (1 + (arguments[0] == "diff"))
    status = run([arguments[0].removesuffix(" dir"), *arguments[1:], *map(str, given)])
    printed = capsys.readouterr()
    assert status == 0
    assert not RAW.search(printed.out + printed.err)


def test_numbers_of_a_class_whose_name_is_not_utf_8():
    assert "data:text/csv;charset=utf-8,class%2Crate%0Aa%FF%2C1%0A" in str(links("rates", ["class", "rate"], [["a\udcff", 1]]))
