"""The margins of a search's decisions are stored, printed and shown."""

import json
import math
from pathlib import Path

import pytest
from tiny_search import Told, train

from spikegraph.backends.search.discretise import WAYS
from spikegraph.runs.record import read_run

pytestmark = pytest.mark.usefixtures("one_thread")


def softmax(row: list[float]) -> list[float]:
    total = sum(map(math.exp, row))
    return [math.exp(x) / total for x in row]


def test_margins_of_a_run(tmp_path: Path) -> None:
    """Compared with the probabilities in the journal's last line of the search, by hand."""
    told = Told()
    summary = train(tmp_path, "darts", reporter=told)
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    (alpha,) = [
        line["architecture"]["plain.alpha"] for line in lines if line["event"] == "epoch" and line["phase"] == "search"
    ][-1:]
    rows = [("n0", "prev2"), ("n0", "prev"), ("n1", "prev2"), ("n1", "prev"), ("n1", "n0")]
    best = {row: sorted(softmax(of), reverse=True) for row, of in zip(rows, alpha, strict=True)}
    n1 = sorted(rows[2:], key=lambda row: -best[row][0])
    expected = {row: best[row][0] - best[row][1] for row in (*rows[:2], *n1[:2])}
    expected |= {row: min(expected[row], best[row][0] - best[n1[2]][0]) for row in n1[:2]}
    found = {(what[6:8], what.partition("(")[2][:-1]): margin for what, margin in summary.margins.items()}
    assert found == pytest.approx(expected, abs=1e-6)
    assert read_run(tmp_path / "run").summary.margins == summary.margins
    open_ = sum(margin < 0.05 for margin in expected.values())
    assert 0 < open_ < 4
    line = f"{open_} of 4 decisions {'is' if open_ == 1 else 'are'} undecided (margin below 0.05)"
    assert told.notices.count(f"search: {line}") == 1
    assert (tmp_path / "run/genotype.sdhs").read_text().splitlines()[1] == f"# {line}."


def test_a_choice_that_agrees_with_alpha_by_chance_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WAYS, "perturb", lambda supernet, _: supernet.decoded)
    assert train(tmp_path, "darts(discretise = perturb)").margins == {}


def test_a_search_without_alpha_has_none(tmp_path: Path) -> None:
    told = Told()
    assert train(tmp_path, "random(2)", reporter=told).margins == {}
    assert not [n for n in told.notices if "undecided" in n]
    assert "undecided" not in (tmp_path / "run/genotype.sdhs").read_text()
