"""What is run of a stream that is stopped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from spikegraph.streaming.arrivals import Arrived
from spikegraph.streaming.cutting import Cutter, Cutting
from spikegraph.streaming.results import Result
from spikegraph.streaming.running import Counted, run

from .stream_helpers import chunks, events


class Still:
    """A network without outputs."""

    def restart(self) -> None:
        pass

    def step(self, inputs: object) -> dict[str, np.ndarray]:
        return {}


@pytest.mark.parametrize("live", [True, False])
def test_a_stop_while_a_step_is_run_runs_what_has_come(live: bool) -> None:
    """Of steps of 50 ms and an event each 10 ms, 18 have come, three steps and a part of the fourth, and no more are taken."""
    taken, numbers = list[int](), list[tuple[int, int]]()

    def arrivals() -> Iterator[Arrived]:
        for chunk in chunks(events([10_000 * k for k in range(60)]), [18, 42]):
            taken.append(len(chunk.camera))
            yield chunk

    def write(result: Result) -> None:
        numbers.append((result.step.number, len(result.step.events.camera)))

    counted = Counted(live=live)
    cutter = Cutter(Cutting("time", 50_000))
    run(cutter, arrivals(), lambda step: {}, Still(), [write], counted, stopped=lambda: len(numbers) > 1)
    assert taken == [18]
    assert numbers == [(0, 5), (1, 5), (2, 5), (3, 3)]
    assert (counted.ended, counted.steps, counted.events) == ("interrupted", 4, 18)
