"""The losses that the log, `show` and the report state."""

import pytest

from spikegraph.runs.entries import Entry, EpochEntry, StepEntry
from spikegraph.runs.losses import EpochLosses, latest


def step(epoch: int, number: int, **losses: float) -> StepEntry:
    return StepEntry(time=0.0, event="step", phase="retrain", epoch=epoch, step=number, lr=0.1, losses=losses)


def test_the_steps_of_the_latest_epoch_are_averaged_by_their_number() -> None:
    entries: list[Entry] = [step(1, 2, loss=9.0), step(2, 1, loss=1.0), step(2, 4, loss=2.0, other=5.0)]
    found = latest(entries, "retrain")
    assert found is not None
    assert (found.epoch, found.step, found.whole) == (2, 4, False)
    assert found.losses == pytest.approx({"loss": (1 * 1.0 + 3 * 2.0) / 4, "other": 5.0})


def test_the_end_of_an_epoch_has_its_own_means() -> None:
    end = EpochEntry(time=0.0, event="epoch", phase="retrain", epoch=2, step=4, losses={"loss": 1.75})
    assert latest([step(2, 4, loss=2.0), end], "retrain") == EpochLosses(2, 4, True, {"loss": 1.75})
    assert latest([end], "search") is None
