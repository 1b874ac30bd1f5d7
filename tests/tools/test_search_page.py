"""docs/search.md has what the tables of the benchmark give."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "search.md"


@pytest.mark.long
@pytest.mark.parametrize(("name", "costs"), [("T0", [3, 5]), ("T1", [3, 5, 10])])
def test_the_page_has_what_the_replays_give(tool, name, costs):
    task = tool("tasks").TASKS[name]
    table, seeds = tool("table").read_table(task.table), list(task.judging)
    replays = tool("comparison").compared(table, costs, seeds, tool("supernet_rows").supernets_of(task))
    fronts = tool("fronts").compared_fronts(table, "energy", [3, 5, 10], seeds)
    page = PAGE.read_text(encoding="utf-8")
    rows = [line for text in (replays, fronts) for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert [line for line in rows if line not in page] == []
