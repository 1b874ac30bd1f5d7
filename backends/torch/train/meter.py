"""Reads losses from the device and averages them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

STEPS_ON_A_GPU = 20
"""Number of steps between two reads on a GPU, where each read synchronises; a checkpoint within them reads too."""


@dataclass
class Meter:
    """Collects the losses of each step and reads them from the device at intervals.

    Attributes:
        every: Losses are read after each step of an epoch that this number divides, whenever else they were.
        sums: Sum of each loss over the epoch's steps that have been read.
        counts: Number of steps in each sum.
    """

    every: int = 1
    sums: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    _waiting: list[Mapping[str, Tensor]] = field(default_factory=list[Mapping[str, Tensor]])

    @staticmethod
    def interval(device: torch.device) -> int:
        """The number of steps between two reads: 1 on the CPU, `STEPS_ON_A_GPU` elsewhere."""
        return 1 if device.type == "cpu" else STEPS_ON_A_GPU

    def add(self, losses: Mapping[str, Float[Tensor, ""]], step: int) -> bool:
        """Adds the losses (scalars []) of a step, counted from 1 in the epoch; returns true if they should be read now."""
        self._waiting.append(losses)
        return step % self.every == 0

    @property
    def waiting(self) -> bool:
        """Whether losses wait to be read."""
        return bool(self._waiting)

    def read(self) -> list[dict[str, float]]:
        """Returns the losses of the steps since the last read, in order, and adds them to the epoch's sums.

        The caller must check for non-finite values.
        """
        flat = [v for losses in self._waiting for v in losses.values()]
        numbers = iter(cast("list[float]", torch.stack([v.double() for v in flat]).tolist()) if flat else [])  # pyright: ignore[reportUnknownMemberType]
        steps = [{name: next(numbers) for name in losses} for losses in self._waiting]
        self._waiting.clear()
        for step in steps:
            for name, value in step.items():
                self.sums[name] = self.sums.get(name, 0.0) + value
                self.counts[name] = self.counts.get(name, 0) + 1
        return steps

    def means(self) -> dict[str, float]:
        """The mean of each loss over the epoch's steps that have been read."""
        return {name: total / self.counts[name] for name, total in self.sums.items()}
