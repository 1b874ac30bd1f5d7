"""Statistics of the samples of a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shown:
    """A sample as arrays, to be drawn or counted.

    Attributes:
        inputs: The network's inputs by name, [C, H, W] or [T, C, H, W].
        name: What the sample is called: its class, or its recording and frame.
        planes: The target as planes [K, H, W] to be drawn; None if it isn't drawn.
        task: The name of the task.
        timed: Whether the inputs have time steps.
        target: The target as the data have it, of several steps all that count: labels, or numbers, not finite where not
            known; None for a class, which the data set counts.
        labels: Whether the target's numbers are labels.
    """

    inputs: Mapping[str, NDArray[Any]]
    name: str
    planes: NDArray[Any] | None = None
    task: str = "class"
    timed: bool = False
    target: NDArray[Any] | None = None
    labels: bool = False


@dataclass(frozen=True)
class ChannelStatistics:
    """The values of a channel: mean, standard deviation, smallest, largest, and the share that isn't 0."""

    mean: float
    std: float
    least: float
    most: float
    nonzero: float


@dataclass(frozen=True)
class InputStatistics:
    """An input.

    Attributes:
        shape: Its shape, of the first sample.
        channels: The values of each channel.
        steps: The share of values that aren't 0 at each time step; empty without time steps, or if samples differ in length.
    """

    shape: tuple[int, ...]
    channels: tuple[ChannelStatistics, ...]
    steps: tuple[float, ...]


@dataclass(frozen=True)
class Statistics:
    """The statistics of some samples.

    Attributes:
        samples: The number of samples.
        inputs: The inputs by name.
        labels: The share of the targets' pixels, or time steps, that have each label.
        truth: The smallest, the mean and the largest known number of targets that have numbers; None without any.
        known: The share of the targets' numbers that are known; None for labels and classes.
    """

    samples: int
    inputs: Mapping[str, InputStatistics]
    labels: Mapping[int, float]
    truth: tuple[float, float, float] | None
    known: float | None


@dataclass
class _Sums:
    """What is added up of an input, by channel."""

    shape: tuple[int, ...]
    count: int = 0
    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    nonzero: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    least: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    most: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    steps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    samples: int = 0

    def add(self, value: NDArray[Any], timed: bool) -> None:
        x = value.astype(np.float64)
        axes = tuple(k for k in range(x.ndim) if k != int(timed))
        found = x.sum(axes), (x * x).sum(axes), (x != 0).sum(axes).astype(np.float64), x.min(axes), x.max(axes)
        steps = (x != 0).mean(tuple(range(1, x.ndim))) if timed else np.zeros(0)
        if not self.samples:
            self.total, self.squares, self.nonzero, self.least, self.most = found
            self.steps = steps
        else:
            self.total, self.squares, self.nonzero = self.total + found[0], self.squares + found[1], self.nonzero + found[2]
            self.least, self.most = np.minimum(self.least, found[3]), np.maximum(self.most, found[4])
            self.steps = self.steps + steps if self.steps.shape == steps.shape else np.zeros(0)
        self.count += x.size // x.shape[int(timed)]
        self.samples += 1

    def result(self) -> InputStatistics:
        means = self.total / self.count
        stds = np.sqrt(np.maximum(self.squares / self.count - means**2, 0))
        rows = zip(means, stds, self.least, self.most, self.nonzero / self.count, strict=True)
        channels = tuple(ChannelStatistics(*(float(v) for v in row)) for row in rows)
        return InputStatistics(self.shape, channels, tuple(float(v) for v in self.steps / self.samples))


def statistics(samples: Iterable[Shown]) -> Statistics:
    """The statistics of samples, which are looked at one after the other.

    Raises:
        DataError: A sample can't be read.
    """
    inputs: dict[str, _Sums] = {}
    labels: Counter[int] = Counter()
    number, known, every, total, low, high = 0, 0, 0, 0.0, np.inf, -np.inf
    for sample in samples:
        number += 1
        for name, value in sample.inputs.items():
            inputs.setdefault(name, _Sums(value.shape)).add(value, sample.timed)
        if sample.target is None:
            continue
        if sample.labels:
            labels.update(dict(zip(*(a.tolist() for a in np.unique(sample.target, return_counts=True)), strict=True)))
            continue
        valid = sample.target[np.isfinite(sample.target)].astype(np.float64)
        known, every, total = known + valid.size, every + sample.target.size, total + float(valid.sum())
        if valid.size:
            low, high = min(low, float(valid.min())), max(high, float(valid.max()))
    counted = sum(labels.values())
    return Statistics(
        number,
        {name: sums.result() for name, sums in inputs.items()},
        {label: count / counted for label, count in sorted(labels.items())},
        (low, total / known, high) if known else None,
        known / every if every else None,
    )
