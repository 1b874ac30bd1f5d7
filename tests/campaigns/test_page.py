"""The tables of `docs/trust.md` are those of the records, and say what the other library documents."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from cases import CAMPAIGNS, Outcome
from lightning import NOT_LOOKED_UP, PROMISES, documented
from records import BEGIN, BEGIN_WAYS, END, END_WAYS, record, table, update, ways

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "trust.md"
RECORDS = ROOT / "docs" / "trust"
ENTRY = {"campaign": "kills", "attacks": "Kills.", "day": "2026-01-02", "cases": 1200, "passed": 1199}


def between(begin, end):
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(begin) == text.count(end) == 1
    return text.partition(begin)[2].partition(end)[0]


def test_the_page_has_the_table_of_the_records():
    assert between(BEGIN, END) == table(RECORDS), "run `python tools/campaigns table --record`"
    assert between(BEGIN_WAYS, END_WAYS) == ways(RECORDS), "run `python tools/campaigns table --record`"


def test_the_page_has_the_table_of_the_matrix():
    path = ROOT / "tools" / "matrix" / "results.py"
    spec = importlib.util.spec_from_file_location("matrix_results", path)
    assert spec is not None and spec.loader is not None
    results = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(results)
    expected = results.table(json.loads((RECORDS / "matrix.json").read_text(encoding="utf-8")))
    assert between(results.BEGIN, results.END) == expected, "run `python tools/matrix table`"


def test_the_other_library_is_looked_up_for_every_campaign():
    assert [name for name in CAMPAIGNS if name not in PROMISES] == []


def test_a_new_record_appears_in_the_table(tmp_path):
    page, records = shutil.copy(PAGE, tmp_path), tmp_path / "trust"
    records.mkdir()
    (records / "matrix.json").write_text("{}")
    (records / "kills.json").write_text(json.dumps(ENTRY))
    (records / "new.json").write_text(json.dumps(ENTRY | {"campaign": "new", "attacks": "New."}))
    update(Path(page), records)
    text = Path(page).read_text()
    rows = text.partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    command = "`python tools/campaigns kills --count 1200 --record`"
    assert rows[0] == f"| Kills | 1,200 | 1,199 | 2026-01-02 | {command} | {documented('kills')} |"
    assert rows[1].startswith("| New | 1,200 | 1,199 |") and rows[1].endswith(f"| {NOT_LOOKED_UP} |")
    update(Path(page), RECORDS)
    assert Path(page).read_text() == PAGE.read_text()


def test_a_page_without_markers_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="has no lines"):
        update(page, tmp_path)


def test_counts_of_numbers_are_summed_by_what_was_compared(tmp_path):
    outcomes = [Outcome("a", True, counts={"plain": [10, 0, 0], "float32": [1000, 7, 0]}), Outcome("b", True)]
    outcomes.append(Outcome("failed", False, "plain differs", {"plain": [5, 1, 2]}))
    record(tmp_path / "equal.json", "equal", outcomes, "abc")
    assert ways(tmp_path).splitlines()[2:] == ["| plain | 2 | 15 | 1 | 2 |", "| float32 | 1 | 1,000 | 7 | 0 |"]
