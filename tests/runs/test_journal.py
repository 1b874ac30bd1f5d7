"""`metrics.jsonl`: lines survive a kill, and a resumed run removes those after its checkpoint."""

import json
from pathlib import Path

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.runs.entries import EpochEntry
from spikegraph.runs.journal import Journal, read_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def add_step(journal: Journal, phase: str, epoch: int, step: int) -> None:
    journal.add("step", phase, epoch, step, lr=0.1, losses={})


def places(path: Path) -> list[tuple[str, str, int, int]]:
    return [(e.event, e.phase, e.epoch, e.step) for e in read_journal(path)]


def test_a_line_is_there_as_soon_as_it_is_added(path: Path) -> None:
    with Journal(path) as journal:
        journal.add("step", "search", 1, 1, lr=0.5, losses={"loss": 2.0})
        (line,) = path.read_text().splitlines()
    entry = json.loads(line)
    assert entry.pop("time") > 0
    assert entry == {"event": "step", "phase": "search", "epoch": 1, "step": 1, "lr": 0.5, "losses": {"loss": 2.0}}


def test_half_a_line_is_left_out_and_cut(path: Path) -> None:
    with Journal(path) as journal:
        add_step(journal, "search", 1, 1)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"time": 17, "ev')
    assert len(read_journal(path)) == 1
    with Journal(path) as journal:
        assert path.read_bytes() == whole
        add_step(journal, "search", 1, 2)
    assert places(path) == [("step", "search", 1, 1), ("step", "search", 1, 2)]


STEP = '{"time": 1, "event": "step", "phase": "search", "epoch": 1, "step": 1, "lr": 0.5, "losses": {"loss": 2}}'


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"hello", "not valid JSON (expected value at line 1 column 1)"),
        (b"[1]", "not a JSON object"),
        (STEP.replace("search", "s\u00fcche").encode("latin-1"), "not UTF-8 text"),
        (STEP.replace('"event": "step", ', "").encode(), "`event` is missing"),
        (STEP.replace('"step", "ph', '"stop", "ph').encode(), "`event` should be 'step', 'epoch', 'dgs', 'evaluation'"),
        (STEP.replace('"lr": 0.5, ', "").encode(), "`lr` is missing"),
        (STEP.replace('"loss": 2', '"loss": "2"').encode(), "`losses.loss` should be a valid number"),
        (STEP.replace('"loss": 2', '"loss": NaN').encode(), "`losses.loss` should be a finite number"),
        (STEP.replace('"epoch": 1', '"epoch": 0').encode(), "`epoch` should be greater than 0"),
    ],
)
def test_a_damaged_line_is_named(path: Path, line: bytes, problem: str) -> None:
    path.write_bytes(f"{STEP}\n".encode() + line + f"\n{STEP}\n".encode())
    with pytest.raises(RunFolderError) as caught:
        read_journal(path)
    assert (caught.value.message, caught.value.help) == (f"{path}, line 2: {problem}", "delete the line")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([[1.0, 2.0], [3.0]], "should be an array of numbers, with rows of one length"),
        ([[[1.0]], [[1.0], [2.0]]], "should be an array of numbers, with rows of one length"),
        ([], "should be an array of numbers, with rows of one length"),
    ],
)
def test_architecture_parameters_are_arrays(path: Path, values: list[object], problem: str) -> None:
    with Journal(path) as journal:
        found = {"a.alpha": [[1.0, 2.0]], "a.edges": [3.0], "b.beta": [[[1.0, 2.0, 3.0]]]}
        journal.add("epoch", "search", 1, 4, losses={}, architecture=found)
        with pytest.raises(ValueError, match=problem):
            journal.add("epoch", "search", 2, 4, losses={}, architecture={"a.alpha": values})
    (entry,) = read_journal(path)
    assert isinstance(entry, EpochEntry)
    assert (entry.alpha, entry.beta) == ({"a": ((1.0, 2.0),)}, {"b": (((1.0, 2.0, 3.0),),)})
    assert entry.edges == {"a": (3.0,)}
    path.write_text(path.read_text().replace("[[1.0, 2.0]]", str(values)))
    with pytest.raises(RunFolderError) as caught:
        read_journal(path)
    assert caught.value.summary == f"{path}, line 1: `architecture.a.alpha` {problem}"


@pytest.mark.parametrize("found", [{"a.alpha": [1.0]}, {"a.edges": [[1.0]]}, {"a.beta": [1.0, 2.0]}])
def test_only_the_parameters_of_edges_are_rows(path: Path, found: dict[str, object]) -> None:
    (name,) = found
    with Journal(path) as journal, pytest.raises(ValueError, match=f"`CELL.edges` alone: see `{name}`"):
        journal.add("epoch", "search", 1, 4, losses={}, architecture=found)


def test_rewinding_keeps_the_bytes_of_other_lines(path: Path) -> None:
    line = STEP.replace("}}", '}, "later": 1.50}')
    path.write_text(f"{line}\n{STEP.replace('search', 'retrain')}\n")
    with Journal(path) as journal:
        journal.rewind("retrain", 0, 0)
    assert path.read_text() == f"{line}\n"


def test_rewinding_removes_what_is_repeated(path: Path) -> None:
    with Journal(path) as journal:
        for phase in ("search", "retrain"):
            for epoch in (1, 2):
                for step in (1, 2):
                    add_step(journal, phase, epoch, step)
                journal.add("epoch", phase, epoch, 2, losses={})
        journal.rewind("retrain", 2, 1)
        add_step(journal, "retrain", 2, 2)
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
