"""What a network says about a time step, and the registry of the files that it is written into."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry
from spikegraph.streaming.cutting import StepEvents
from spikegraph.streaming.views import Inputs
from spikegraph.tasks import TASKS
from spikegraph.tasks.task import Task

VECTOR = 1
"""Axes of an output without pixels, such as logits."""


@dataclass(frozen=True)
class Result:
    """The result of one time step.

    Attributes:
        step: The step with its events.
        inputs: What the network got.
        outputs: What it made of it by the outputs' names, float32 [K] or [C, H, W].
        latency_ms: Milliseconds from the step's last event to this result.
    """

    step: StepEvents
    inputs: Inputs
    outputs: Mapping[str, NDArray[np.float32]]
    latency_ms: float

    def numbers(self) -> dict[str, int | float]:
        """What there is to say of each step but its outputs, by name."""
        step = self.step
        return {
            "step": step.number,
            "sequence": step.sequence,
            "index": step.index,
            "start_us": step.start,
            "stop_us": step.stop,
            "events": len(step.events.camera),
            "late": step.late,
            "latency_ms": round(self.latency_ms, 3),
        }


@dataclass(frozen=True)
class Streamed:
    """What all results of a stream have in common.

    Attributes:
        network: The name of the network.
        shapes: The shape of each output by name, [K] or [C, H, W].
        kinds: What each output is: `class`, `labels`, `flow`, `disparity` or what else a loss calls its truth; none if unknown.
        signed: Whether the channels of inputs hold events: where the light increased in the first half, where it decreased in
            the second.
        step_s: Length of a step in seconds; None if steps have equally many events.
        classes: The names of the data's classes in order; empty without classes.
    """

    network: str
    shapes: Mapping[str, tuple[int, ...]]
    kinds: Mapping[str, str]
    signed: bool = False
    step_s: float | None = None
    classes: tuple[str, ...] = ()

    def task(self, output: str) -> Task | None:
        """What an output is compared with; None if that is unknown."""
        return TASKS.get(self.kinds.get(output, ""))

    def class_of(self, output: str, value: NDArray[np.float32]) -> dict[str, int | str]:
        """The `class` that an output [K] says, and its `class_name` if it has one; empty if it has no logits."""
        task = self.task(output)
        if task is None or not task.classifies or value.ndim != VECTOR:
            return {}
        number = int(value.argmax())
        return {"class": number, **({"class_name": self.classes[number]} if number < len(self.classes) else {})}


class Writer(Protocol):
    """Writes results as they come."""

    def add(self, result: Result) -> None:
        """Writes one result.

        Raises:
            OSError: The file can't be written.
        """
        ...

    def close(self) -> None:
        """Ends the file; called once, also after an error."""
        ...


WRITERS: Registry[Callable[[Path, Streamed], Writer]] = Registry(
    "format of streamed results",
    "spikegraph.stream_writers",
    {
        "hdf5": later("spikegraph.streaming.hdf5_results:Hdf5Results"),
        "png": later("spikegraph.backends.report.stream_pictures:PngSequence"),
        "mp4": later("spikegraph.backends.report.stream_pictures:Video"),
    },
    kind=FUNCTION,
    needed=False,
)
"""What makes the writer of each format: called with the folder of the results and what they have in common.

Raises `DataError` if the results can't be written so, before anything is written.
"""


def line(result: Result, streamed: Streamed) -> str:
    """A result as a line of JSON: times, counts, and each output, of maps only the range and the mean of their values."""
    outputs = {name: _brief(value, streamed.class_of(name, value)) for name, value in result.outputs.items()}
    return json.dumps({**result.numbers(), "outputs": outputs}, allow_nan=False)


def _brief(value: NDArray[np.float32], found: Mapping[str, int | str]) -> dict[str, Any]:
    if value.ndim == VECTOR:
        return {**found, "values": [float(f"{v:.7g}") if np.isfinite(v) else None for v in value.tolist()]}
    known = value[np.isfinite(value)]
    if not known.size:
        return {"least": None, "mean": None, "largest": None}
    found = {"least": known.min(), "mean": known.mean(dtype=np.float64), "largest": known.max()}
    return {key: float(f"{number:.7g}") for key, number in found.items()}
