"""Measures how active a run's deployed network is from time step to time step of its test set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.evaluated import RunTest
from spikegraph.backends.torch.train.device import float32_products
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.base.errors import NoTimeStepsError
from spikegraph.data.moments import moments_of
from spikegraph.runs.activity import Activity

if TYPE_CHECKING:
    from spikegraph.data.sets import DataSet

MOST_STEPS = 100
"""The most time steps that are measured: of stacks of 50 ms, five seconds."""


def activity(run: Path, *, data: Path | None = None, device: str = "cpu") -> Activity:
    """Streams the beginning of the test set through the deployed network.

    Args:
        run: The run folder.
        data: The data folder; by default the run's.
        device: The device, as torch names it.

    Raises:
        NoTimeStepsError: The samples are still images.
        NotStreamableError: An operation needs later time steps.
        SpecError, DataError: The run folder or the data can't be used.
    """
    test = RunTest.read(run, data=data, device=device, reporter=None)
    model = test.model("deploy").eval()
    if not all(node.value.steps for node in model.graph.inputs().values()):
        raise NoTimeStepsError("the samples are still images, which have no time steps", "give a run on events or sequences")
    place = next(iter(model.parameters())).device
    stream = model.stream()
    events: dict[str, list[float]] = {}
    rates: dict[str, list[float]] = {}
    with torch.inference_mode(), float32_products(place, test.kept.precision):
        for first, inputs in islice(_steps(test.sets.test), MOST_STEPS):
            stream = model.stream() if first else stream
            step = FiringRates(model.graph)
            stream.watch = step.add
            given = {name: torch.from_numpy(inputs[name]).float()[None].to(place) for name in model.graph.inputs()}  # pyright: ignore[reportUnknownMemberType]
            stream.step(given)
            for name, value in given.items():
                events.setdefault(name, []).append(float((value != 0).double().mean()))
            for name, rate in step.means().items():
                rates.setdefault(name, []).append(rate)
    return Activity(events, rates)


def _steps(samples: DataSet) -> Iterator[tuple[bool, dict[str, NDArray[Any]]]]:
    """The time steps of recordings from beginning to end, or else those of the samples; with whether a new one begins."""
    moments = moments_of(samples)
    if moments is not None:
        yield from ((moment.first, moment.inputs) for moment in moments)
        return
    for number in range(len(samples)):
        inputs = samples.sample(number).inputs
        for t in range(len(next(iter(inputs.values())))):
            yield t == 0, {name: value[t] for name, value in inputs.items()}
