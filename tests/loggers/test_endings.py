"""How runs end for loggers: each that has begun is told once, with the ending that the run's folder records."""

import signal

import pytest
from typing_extensions import override

from spikegraph.base.errors import Interrupted, RunFolderError, TrainError
from spikegraph.runs.ended import described, record_searched
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import Journal
from spikegraph.runs.logged import Loggers
from spikegraph.runs.logger import Ending, LoggedRun, Logger


class Told(Logger):
    """Keeps what it is told of the run's beginning and end; may fail at either."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.calls = fails, list[str]()

    @override
    def begin(self, run: LoggedRun) -> None:
        self._called("begin")

    @override
    def end(self, how: Ending) -> None:
        self._called(how)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise ZeroDivisionError("no more")


@pytest.fixture
def run(tmp_path, manifest) -> LoggedRun:
    return LoggedRun(tmp_path, manifest, {})


def named(*loggers: Logger) -> list[tuple[str, Logger]]:
    return [(f"l{k}", logger) for k, logger in enumerate(loggers)]


def test_a_logger_that_cannot_begin_ends_those_before_it(run):
    first, second, third = Told(), Told("begin"), Told()
    with pytest.raises(TrainError, match="the logger `l1` raised ZeroDivisionError: no more"):
        Loggers(named(first, second, third), run)
    assert (first.calls, second.calls, third.calls) == (["begin", "failed"], ["begin"], [])


def test_a_journal_that_cannot_be_read_ends_all(run):
    (run.folder / "metrics.jsonl").write_text("{}\n")
    told = Told()
    with pytest.raises(RunFolderError, match=r"metrics\.jsonl, line 1"):
        Journal(run.folder / "metrics.jsonl", Loggers(named(told), run))
    assert told.calls == ["begin", "failed"]


def test_a_logger_that_cannot_end_leaves_the_others_to_end(run):
    first, second = Told("complete"), Told()
    with (
        pytest.raises(TrainError, match="the logger `l0` raised ZeroDivisionError: no more"),
        Journal(run.folder / "metrics.jsonl", Loggers(named(first, second), run)),
    ):
        pass
    assert (first.calls, second.calls) == (["begin", "complete"], ["begin", "complete"])


@pytest.mark.parametrize(
    ("error", "how"),
    [(Interrupted("x", signal.SIGINT), "stopped"), (KeyboardInterrupt(), "stopped"), (ZeroDivisionError(), "failed")],
)
def test_the_ending_is_the_recorded_one(run, error, how):
    told = Told("failed")
    with pytest.raises(type(error)), Journal(run.folder / "metrics.jsonl", Loggers(named(told), run)):
        raise error
    assert told.calls == ["begin", how]
    assert described(error).how == how


def test_a_search_alone_is_stopped(run):
    told = Told()
    with Journal(run.folder / "metrics.jsonl", Loggers(named(told), run)) as journal:
        journal.ended = record_searched(run.folder)
    assert told.calls == ["begin", RunFolder(run.folder).read_ended().how] == ["begin", "stopped"]
