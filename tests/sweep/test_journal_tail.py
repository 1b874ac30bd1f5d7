"""How far a run is, from a journal that grows."""

import json

from spikegraph.sweep.journal_tail import JournalTail

from .journals import epoch, step


def write(path, *entries, end="\n", mode="a"):
    with path.open(mode) as file:
        file.write("\n".join(map(json.dumps, entries)) + end)


def test_progress_and_time_left(tmp_path):
    path, time = tmp_path / "metrics.jsonl", [100.0]
    tail = JournalTail(path, {"search": 4, "retrain": 10}, now=lambda: time[0])
    assert tail.look() is None
    write(path, step("search", 1, 1, 9.0))
    at = tail.look()
    assert (at.phase, at.epoch, at.losses, at.share, at.left) == ("search", 1, {"loss": 9.0}, 0.0, None)
    time[0] = 110.0
    write(path, step("search", 1, 2, 8.0), epoch("search", 1, 2, 8.5))
    at = tail.look()
    assert (at.losses, at.share, at.left) == ({"loss": 8.5}, 0.25, 30.0)
    time[0] = 115.0
    write(path, step("search", 2, 1, 7.0))
    assert (tail.look().share, tail.look().left) == (0.375, 25.0)
    write(path, step("retrain", 1, 1, 3.0))
    at = tail.look()
    assert (at.phase, at.share, at.left) == ("retrain", 0.0, None)


def test_a_line_that_is_being_written_waits(tmp_path):
    path = tmp_path / "metrics.jsonl"
    tail = JournalTail(path, {})
    write(path, step("search", 1, 1, 9.0), end="")
    assert tail.look() is None
    with path.open("a") as file:
        file.write("\n")
    assert tail.look().losses == {"loss": 9.0}
    assert (tail.look().share, tail.look().left) == (None, None)


def test_a_journal_that_is_cut_by_a_resumption_is_read_anew(tmp_path):
    path = tmp_path / "metrics.jsonl"
    tail = JournalTail(path, {"search": 2})
    write(path, step("search", 1, 1, 9.0), epoch("search", 1, 2, 8.0), step("search", 2, 1, 7.0))
    assert tail.look().share == 0.75
    new = tmp_path / "new"
    write(new, step("search", 1, 1, 5.0))
    new.replace(path)
    at = tail.look()
    assert (at.epoch, at.losses) == (1, {"loss": 5.0})


def test_a_damaged_line_is_for_the_run_to_report(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("no JSON\n")
    write(path, step("search", 1, 1, 9.0))
    assert JournalTail(path, {}).look().losses == {"loss": 9.0}
