"""Counts the spikes that differ between two forms of a network on the same samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.datasets import inputs_of
from spikegraph.backends.torch.spikes import neurons, split
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw, in_batches
from spikegraph.backends.torch.train.values import values_of

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.sets import DataSet


@dataclass(frozen=True)
class Difference:
    """Spikes of the same neurons in two forms of a network.

    Attributes:
        places: Numbers that were compared: neurons times time steps times samples.
        spikes: Places where a neuron of the first form fires.
        differing: Places where the two forms have different numbers of spikes.
    """

    places: int
    spikes: int
    differing: int

    @property
    def share(self) -> float:
        """The share of places that differ, from 0 to 1; 0 of none, in a network without neurons."""
        return self.differing / self.places if self.places else 0.0

    def __add__(self, other: Difference) -> Difference:
        """Both counts together."""
        return Difference(self.places + other.places, self.spikes + other.spikes, self.differing + other.differing)


NOTHING = Difference(0, 0, 0)
"""The count before the first place."""


def differences(
    first: Model, second: Model, samples: DataSet, batch: int, *, on_progress: Callable[[int], None] | None = None
) -> dict[str, Difference]:
    """Runs both forms on all samples; returns the differences by neurons of the plain graph.

    Each form goes on with its own spikes: one that differs is an input of the next layer, whose spikes may then differ too.

    Args:
        first: A form of the network, in evaluation mode, on its device.
        second: Another form, on the same device. It may have more neurons, such as those of an auxiliary classifier.
        samples: The samples.
        batch: DataSet that are run at once.
        on_progress: Called after each batch with the number of finished samples.

    Raises:
        ValueError: The second form lacks neurons of the first.
        TrainError: The network doesn't fit the data.
        OutOfMemoryError: Memory ran out.
    """
    parts, others = neurons(first.graph), neurons(second.graph)
    found = {name: NOTHING for name, _ in _each(parts)}
    if not set(_each(parts)) <= set(_each(others)):
        raise ValueError("the second form of the network lacks neurons of the first")
    device, done = next(iter(first.parameters())).device, 0
    order = in_batches([Draw(0, k) for k in range(len(samples))], batch)
    with torch.inference_mode(), naming_layers():
        for each in batches(samples, order, device, workers=0, seed=0):
            within, held = each.within, dict[str, Tensor]()

            def keep(node: str, value: Tensor, held: dict[str, Tensor] = held) -> None:
                held.update(split(first.graph, parts, node, value))

            def compare(node: str, value: Tensor, held: dict[str, Tensor] = held, within: Tensor | None = within) -> None:
                own = within if second.graph.node(node).value.steps else None
                for name, spikes in split(second.graph, others, node, value).items():
                    if (before := held.pop(name, None)) is None:
                        continue
                    one, other = (before, spikes) if own is None else (before[own], spikes[own])
                    found[name] += Difference(other.numel(), int(one.count_nonzero()), int((one != other).sum()))

            values_of(first, each, watch=keep)
            values_of(second, each, watch=compare)
            assert not held
            done += each.size
            if on_progress is not None:
                on_progress(done)
    return {name: difference for name, difference in found.items() if difference.places}


def single_inputs(model: Model, samples: DataSet, count: int) -> Iterator[dict[str, npt.NDArray[np.float64]]]:
    """The inputs of the first samples, one by one, by name: [T, 1, C, *size], or [1, C, *size] without time steps."""
    order = in_batches([Draw(0, k) for k in range(count)], 1)
    for each in batches(samples, order, next(iter(model.parameters())).device, workers=0, seed=0):
        inputs = inputs_of(each, tuple(model.graph.inputs()))
        yield {name: x.cpu().double().numpy() for name, x in inputs.items()}


def _each(parts: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int]]:
    return [pair for of in parts.values() for pair in of.items()]
