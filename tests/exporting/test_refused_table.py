"""Specs that can't be exported, with what `spikegraph export` prints: `refused_*.txt` beside this file are the table.

Each entry is a title, a spec, the format, and the whole text on standard error. `--update-golden` writes these texts.
"""

import re
from pathlib import Path

import odd_operations
import pytest
from run_folders import run_folder

from spikegraph.cli.entry import run

TABLES = sorted(Path(__file__).parent.glob("refused_*.txt"))
ENTRY = re.compile(
    r"^=== (?P<title>.+)\n(?P<spec>(?:.*\n)*?)--- (?P<format>\w+)(?P<bf16> bf16)?\n(?P<text>(?:(?!===).*\n)*)", re.M
)
ENTRIES = [(path, entry) for path in TABLES for entry in ENTRY.finditer(path.read_text(encoding="utf-8"))]

pytestmark = [pytest.mark.unchecked, pytest.mark.usefixtures("operations", "registrations")]


@pytest.fixture(scope="module", autouse=True)
def other_package():
    """The operator that one of the operations calls."""
    return odd_operations.other_package()


@pytest.fixture
def operations(registrations):
    """The operations of a plug-in."""
    odd_operations.register_all()


@pytest.mark.parametrize(("path", "entry"), ENTRIES, ids=[f"{path.stem[8:]}-{entry['title']}" for path, entry in ENTRIES])
def test_refused(path, entry, request, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    run_folder(tmp_path / "run", entry["spec"], "bf16" if entry["bf16"] else "fp32")
    (tmp_path / "out").mkdir()
    capsys.readouterr()
    status = run(["export", "run", "--to", entry["format"], "-o", "out/net"])
    text = capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []
    assert status == 1
    if request.config.getoption("--update-golden") and not matches(text, entry["text"]):
        whole = path.read_text(encoding="utf-8")
        head = entry[0].removesuffix(entry["text"])
        start = whole.index(head) + len(head)
        path.write_text(whole[:start] + text + "\n" + whole[start:].removeprefix(entry["text"]), encoding="utf-8")
    else:
        assert matches(text, entry["text"]), text


def matches(text, expected):
    """Whether a text is the expected one; `<...>` in it stands for what torch or onnxruntime says."""
    parts = (re.escape(part) for part in expected.removesuffix("\n").split("<...>"))
    return re.fullmatch(".+".join(parts), text, re.DOTALL) is not None


def test_there_are_enough_of_them():
    assert len({entry["spec"] for _, entry in ENTRIES}) >= 30
    assert len({entry["title"] for _, entry in ENTRIES}) == len(ENTRIES)
