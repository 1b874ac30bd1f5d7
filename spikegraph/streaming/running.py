"""Runs a network over a stream, step by step, and counts what happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from spikegraph.base.errors import DataError
from spikegraph.streaming.arrivals import Arrived, Clock
from spikegraph.streaming.cutting import Cutter, StepEvents
from spikegraph.streaming.latencies import Latencies
from spikegraph.streaming.results import Result
from spikegraph.streaming.views import Inputs, NoInputError

FORMAT_VERSION = 1

IMAGE_AGE = "write a longer `image_age` in the data set that the network is trained on"


class Network(Protocol):
    """A network that keeps its state from step to step."""

    def restart(self) -> None:
        """Begins anew, without a state."""
        ...

    def step(self, inputs: Inputs) -> Any:
        """The outputs of a step by name, float32 [K] or [C, H, W]."""
        ...


@dataclass
class Counted:
    """What happened in a stream so far.

    Attributes:
        live: Whether the events come from a pipe.
        steps: Number of steps.
        sequences: Number of sequences.
        events: Number of events in these steps.
        late: Number of events that came after their step was closed, and are in no step.
        unused: Number of events that were too few for a step.
        jumps: Number of jumps of the time stamps.
        without_image: Number of steps that are left out, since no image is recent enough.
        covered_us: Microseconds that the steps last together.
        seconds: Time that has passed since the start.
        busy_s: The part of it that wasn't spent waiting for events.
        latencies: The time from a step's last event to its result.
        ended: `end`: the stream ended. `interrupted`, or what was wrong with the data.
    """

    live: bool = False
    steps: int = 0
    sequences: int = 0
    events: int = 0
    late: int = 0
    unused: int = 0
    jumps: int = 0
    without_image: int = 0
    covered_us: int = 0
    seconds: float = 0.0
    busy_s: float = 0.0
    latencies: Latencies = field(default_factory=Latencies)
    ended: str = "end"

    @property
    def speed(self) -> float:
        """How many seconds of events are processed in a busy second."""
        return self.covered_us / 1e6 / self.busy_s if self.busy_s else 0.0

    @property
    def throughput(self) -> float:
        """Events that are processed in a busy second."""
        return self.events / self.busy_s if self.busy_s else 0.0

    def described(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format_version": FORMAT_VERSION,
            "ended": self.ended,
            "live": self.live,
            "steps": self.steps,
            "sequences": self.sequences,
            "events": self.events,
            "late": self.late,
            "unused": self.unused,
            "jumps": self.jumps,
            "without_image": self.without_image,
            "covered_seconds": self.covered_us / 1e6,
            "seconds": round(self.seconds, 6),
            "busy_seconds": round(self.busy_s, 6),
            "events_per_second": round(self.throughput, 3),
            "times_real_time": round(self.speed, 6),
            "latency_ms": {
                "median": round(self.latencies.percentile(50), 4),
                "99": round(self.latencies.percentile(99), 4),
                "largest": round(self.latencies.largest, 4),
            },
        }


def _inputs(inputs_of: Callable[[StepEvents], Inputs], step: StepEvents, cutter: Cutter, counted: Counted) -> Inputs | None:
    """The inputs for a step; None if it is left out."""
    try:
        return inputs_of(step)
    except NoInputError:
        cutter.leave_out()
        counted.without_image += 1
        return None


def _nothing(cutter: Cutter, counted: Counted, source: Path | None) -> DataError:
    """Why a stream that has ended has no result."""
    if counted.without_image:
        return DataError("no time step has an image that is recent enough", source, IMAGE_AGE)
    few = f"its {cutter.unused:,} events are too few for a step" if cutter.unused else "there is no event"
    return DataError(few, source)


def run(
    cutter: Cutter,
    arrivals: Iterable[Arrived],
    inputs_of: Callable[[StepEvents], Inputs],
    network: Network,
    write: Sequence[Callable[[Result], None]],
    counted: Counted,
    *,
    source: Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[Counted], None] = lambda counted: None,
    clock: Clock = time.monotonic,
) -> None:
    """Runs a network over a stream until it ends. Memory doesn't grow with its length.

    Args:
        cutter: Cuts the stream into steps.
        arrivals: The events as they come.
        inputs_of: Makes the network's inputs of a step.
        network: The network.
        write: Called in order with each result.
        counted: Counts what happens; it is up to date also after an error.
        source: What messages call the stream.
        stopped: Asked before events are taken: true to take no more. The steps of those that have come are run, also the open
            one.
        progress: Called after each step.
        clock: The clock of arrivals.

    Raises:
        DataError: The events are damaged; the results of the steps before are written then. Or there are none, or too few.
    """
    begun = free = clock()
    waited = 0.0

    def watched() -> Iterable[Arrived]:
        """The arrivals; counts the time that is spent waiting for those of a pipe."""
        nonlocal waited
        since = clock()
        for arrived in arrivals:
            waited += clock() - since if counted.live else 0.0
            yield arrived
            since = clock()
        waited += clock() - since if counted.live else 0.0

    def count() -> None:
        counted.late, counted.unused, counted.jumps = cutter.late, cutter.unused, cutter.jumps
        counted.seconds = clock() - begun
        counted.busy_s = counted.seconds - waited

    try:
        for step in cutter.steps(watched(), stopped):
            inputs = _inputs(inputs_of, step, cutter, counted)
            if inputs is not None:
                if step.index == 0:
                    network.restart()
                outputs = network.step(inputs)
                # The results of a pipe are late by all that keeps them; a step of a file could begin when that before was done.
                latency = 1e3 * (clock() - (step.closed_at if counted.live else max(step.closed_at, free)))
                result = Result(step, inputs, outputs, latency)
                for one in write:
                    one(result)
                counted.steps, counted.sequences = counted.steps + 1, step.sequence + 1
                counted.events += len(step.events.camera)
                counted.covered_us += step.stop - step.start
                counted.latencies.add(latency)
                count()
                progress(counted)
            free = clock()
        counted.ended = "interrupted" if stopped() else "end"
        if not counted.steps and counted.ended == "end":
            raise _nothing(cutter, counted, source)
    except DataError as error:
        counted.ended = error.message
        raise
    finally:
        count()
