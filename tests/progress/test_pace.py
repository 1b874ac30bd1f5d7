"""The remaining time of a task, and of the run that it is part of."""

from dataclasses import dataclass

import pytest

from spikegraph.base.pace import Pace, clock


@dataclass
class Time:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_task_that_was_resumed() -> None:
    time = Time()
    pace = Pace(time)
    pace.start(100, done=40, after=None)
    assert (pace.rate, pace.left, pace.whole_left) == (None, None, None)
    time.seconds = 10
    pace.advance(60)
    assert (pace.rate, pace.left, pace.whole_left) == (2.0, 20.0, None)


def test_only_steps_of_the_same_whole_count() -> None:
    """A search of two epochs with 1 step/s, then a retraining of four with 10 steps/s; each epoch has 10 steps."""
    time, left = Time(), list[tuple[str, float | None]]()
    pace = Pace(time)
    for epoch, seconds in enumerate([10, 10, 1, 1, 1, 1]):
        whole, behind = ("search", 10 * (1 - epoch)) if epoch < 2 else ("run", 10 * (5 - epoch))
        pace.start(10, done=0, after=behind, whole=whole)
        time.seconds += seconds
        pace.advance(10)
        left.append((pace.whole, pace.whole_left))
    assert left == [("search", 10), ("search", 0), ("run", 3), ("run", 2), ("run", 1), ("run", 0)]


def test_a_task_outside_of_the_run_keeps_the_run() -> None:
    time = Time()
    pace = Pace(time)
    pace.start(10, done=0, after=10)
    time.seconds = 10
    pace.advance(10)
    pace.start(5, done=0, after=None)
    time.seconds = 20
    pace.advance(5)
    assert pace.whole_left is None
    pace.start(10, done=0, after=0)
    time.seconds = 25
    pace.advance(5)
    assert pace.whole_left == pytest.approx(5 * 25 / 15)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
