"""The losses in the log of a training agree with those of the run's folder; the rest of the run is known."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from spikegraph.base.progress import Silent
from spikegraph.runs.losses import latest
from spikegraph.runs.record import read_run

from .tiny_run import job, train


class Heard(Silent):
    """Keeps what it is told: the starts of tasks, and the last numbers of each."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, int, int | None]] = []
        self.last: dict[str, Mapping[str, float]] = {}

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        self.started.append((title, unit, total - done, after))

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        if numbers is not None:
            self.last[self.started[-1][0]] = numbers


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, Path]:
    reporter, folder = Heard(), tmp_path_factory.mktemp("runs") / "run"
    train(job(folder, reporter=reporter))
    return reporter, folder


def test_the_last_line_of_a_phase_has_the_losses_that_show_and_report_state(heard: tuple[Heard, Path]) -> None:
    reporter, folder = heard
    record = read_run(folder)
    for phase, found in (("search", record.summary.search), ("retrain", record.summary.retrain)):
        assert found is not None
        logged = reporter.last[f"{phase} epoch {found.epochs}/{found.epochs}"]
        assert logged == pytest.approx({f"mean_{name}": value for name, value in found.losses.items()})
        at = latest(record.entries, phase)
        assert at is not None and at.losses == pytest.approx(found.losses)
        # While the phase runs, the steps so far have the same means as its log.
        steps = latest(record.steps(phase), phase)
        assert steps is not None and steps.losses == pytest.approx(found.losses)


def test_each_epoch_knows_the_steps_behind_it(heard: tuple[Heard, Path]) -> None:
    reporter, folder = heard
    summary = read_run(folder).summary
    assert summary.search is not None and summary.retrain is not None and summary.evaluation is not None
    epochs = [(title, left, after) for title, unit, left, after in reporter.started if unit == "steps"]
    assert [title for title, _, _ in epochs] == [
        f"{phase} epoch {n}/{result.epochs}"
        for phase, result in (("search", summary.search), ("retrain", summary.retrain))
        for n in range(1, result.epochs + 1)
    ]
    for phase in ("search", "retrain"):
        of_phase = [(left, after or 0) for title, left, after in epochs if title.startswith(phase)]
        assert [after - a for (_, after), (_, a) in pairwise(of_phase)] == [left for left, _ in of_phase[1:]]
    assert epochs[summary.search.epochs - 1][2] == 0  # steps of the retraining can't be compared with the search's
    assert epochs[-1][2] is not None and epochs[-1][2] > 0  # the batches of the test
