"""`metrics.csv`: a row for each number of the journal."""

import csv
from pathlib import Path

import pytest
from typing_extensions import override

from spikegraph.base.errors import TrainError
from spikegraph.loggers.csv_file import CsvFile
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.logged import Loggers
from spikegraph.runs.logger import LoggedRun, Logger

from .recorded import CURVES, killed_and_resumed, step


def test_a_resumed_run_has_no_row_twice(journal, tmp_path: Path) -> None:
    killed_and_resumed(lambda: journal(CsvFile()))
    rows = list(csv.DictReader((tmp_path / "metrics.csv").read_text().splitlines()))
    parts = {"step": "retrain", "epoch": "retrain epoch", "validation": "retrain validation", "test": "test"}
    found: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        found.setdefault(f"{parts[row['event']]}/{row['name']}", []).append((int(row["total"]), float(row["value"])))
    assert found == CURVES
    assert [(row["phase"], row["epoch"], row["step"]) for row in rows if row["name"] == "loss" and row["event"] == "step"] == [
        ("retrain", "1", "1"),
        ("retrain", "1", "2"),
        ("retrain", "2", "1"),
        ("retrain", "2", "2"),
    ]


def test_a_row_is_there_as_soon_as_it_is_logged(journal, tmp_path: Path) -> None:
    with journal(CsvFile()) as opened:
        step(opened, 1, 1, 1 / 3)
        lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0] == "time,event,phase,epoch,step,total,name,value"
    assert [line.partition(",")[2] for line in lines[1:]] == [
        "step,retrain,1,1,1,loss,0.3333333333333333",
        "step,retrain,1,1,1,lr,0.1",
    ]


class Failing(Logger):
    @override
    def begin(self, run: LoggedRun) -> None:
        raise ConnectionError("no server")


def test_a_resume_that_fails_at_another_logger_keeps_the_rows(journal, tmp_path: Path) -> None:
    killed_and_resumed(lambda: journal(CsvFile()))
    before = (tmp_path / "metrics.csv").read_text()
    run = LoggedRun(tmp_path, RunFolder(tmp_path).read_manifest(), {})
    with pytest.raises(TrainError, match="no server"):
        Loggers([("csv", CsvFile()), ("other", Failing())], run)
    assert (tmp_path / "metrics.csv").read_text() == before


def test_a_full_disk_names_the_file(journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = CsvFile()
    with pytest.raises(OSError, match="No space left on device") as caught, journal(logger) as opened:
        logger._file.close()
        monkeypatch.setattr(logger, "_file", open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
        step(opened, 1, 1, 1.0)
    assert caught.value.filename == str(tmp_path / "metrics.csv")
