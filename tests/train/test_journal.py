"""`metrics.jsonl`: lines that survive a kill, and go back to a checkpoint."""

import json
from pathlib import Path

import pytest

from spikegraph.errors import TrainError
from spikegraph.runs.journal import Journal, read_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def places(path: Path) -> list[tuple[str, str, int, int]]:
    return [(e["event"], e["phase"], e["epoch"], e["step"]) for e in read_journal(path)]


def test_a_line_is_there_as_soon_as_it_is_added(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("step", "search", 1, 1, lr=0.5, losses={"loss": 2.0})
        (line,) = path.read_text().splitlines()
    entry = json.loads(line)
    assert entry.pop("time") > 0
    assert entry == {"event": "step", "phase": "search", "epoch": 1, "step": 1, "lr": 0.5, "losses": {"loss": 2.0}}


def test_half_a_line_is_left_out_and_cut(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("step", "search", 1, 1)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"time": 17, "ev')
    assert len(read_journal(path)) == 1
    with Journal(path) as journal:
        assert path.read_bytes() == whole
        journal.add("step", "search", 1, 2)
    assert places(path) == [("step", "search", 1, 1), ("step", "search", 1, 2)]


def test_a_line_that_is_no_json_is_an_error(path: Path) -> None:
    path.write_text('{"time": 1}\nhello\n{"time": 2}\n')
    with pytest.raises(TrainError, match="line 2: no JSON"):
        read_journal(path)


def test_rewinding_takes_out_what_is_done_again(path: Path) -> None:
    with Journal(path) as journal:
        for phase in ("search", "retrain"):
            for epoch in (1, 2):
                for step in (1, 2):
                    journal.add("step", phase, epoch, step)
                journal.add("epoch", phase, epoch, 2)
        journal.rewind("retrain", 2, 1)
        journal.add("step", "retrain", 2, 2)
    found = places(path)
    assert [p for p in found if p[1] == "search"] == [
        *(("step", "search", 1, s) for s in (1, 2)),
        ("epoch", "search", 1, 2),
        *(("step", "search", 2, s) for s in (1, 2)),
        ("epoch", "search", 2, 2),
    ]
    assert [p for p in found if p[1] == "retrain"] == [
        *(("step", "retrain", 1, s) for s in (1, 2)),
        ("epoch", "retrain", 1, 2),
        ("step", "retrain", 2, 1),
        ("step", "retrain", 2, 2),
    ]


def test_no_number_that_json_lacks(path: Path) -> None:
    with Journal(path) as journal, pytest.raises(ValueError, match="not JSON compliant"):
        journal.add("step", "search", 1, 1, losses={"loss": float("nan")})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard(path: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Journal(path, tmp_path / "board") as journal:
        for step in (1, 2):
            journal.chart("search", step, {"loss": 0.5 * step})
    events = EventAccumulator(str(tmp_path / "board")).Reload().Scalars("search/loss")
    assert [(e.step, e.value) for e in events] == [(1, 0.5), (2, 1.0)]
