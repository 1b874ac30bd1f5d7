"""The batches of a phase; they depend only on the seed, so a resumed run sees the same ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.loader import batches, drawn_sample
from spikegraph.backends.torch.train.optim import rate_at, set_learning_rate
from spikegraph.backends.torch.train.sampling import Draw, balanced_draws, draws, in_batches, in_pairs
from spikegraph.backends.torch.train.seeding import derive
from spikegraph.base.processes import ONE, Processes
from spikegraph.data.class_labels import ignored_by, sample_classes
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.dsl.spec import Run

WEIGHTS = "weights"
"""The purpose of the draws on which weights are trained."""


def steps_in_epoch(run: Run, count: int) -> int:
    """Number of steps in an epoch of a phase on `count` samples."""
    return -(-(run.epoch_samples or count) // (run.batch * run.accumulate))


@dataclass(frozen=True)
class PhaseBatches:
    """The batches of one phase.

    Attributes:
        run: The declaration, with batch size, samples per epoch and workers.
        samples: The data set.
        indexes: The samples on which the weights are trained.
        seed: The run's seed.
        device: The device of the batches.
        processes: The processes that share each batch.
    """

    run: Run
    samples: DataSet
    indexes: Sequence[int]
    seed: int
    device: torch.device
    processes: Processes = ONE

    @property
    def count(self) -> int:
        """Number of samples in an epoch."""
        return self.run.epoch_samples or len(self.indexes)

    @property
    def steps(self) -> int:
        """Number of steps in an epoch."""
        return steps_in_epoch(self.run, len(self.indexes))

    @cached_property
    def classes(self) -> NDArray[np.int64] | None:
        """The class of each sample, where an epoch has as many samples of each; else None."""
        return sample_classes(self.samples) if self.run.sampling == "balanced" else None

    def weights(self, epoch: int, first: int = 0) -> Iterator[tuple[Batch, ...]]:
        """The batches of each step of an epoch on the weights, starting at step `first`; both are counted from 0."""
        return self.steps_on(self.indexes, first, WEIGHTS, epoch)

    def rated(self, optimizer: torch.optim.Optimizer, epoch: int, first: int = 0) -> Iterator[tuple[float, tuple[Batch, ...]]]:
        """As `weights`, each step with the learning rate of its schedule, which the optimizer of the weights gets."""
        for number, group in enumerate(self.weights(epoch, first), first):
            rate = rate_at(self.run, epoch, number / self.steps)
            set_learning_rate(optimizer, rate)
            yield rate, group

    def steps_on(self, indexes: Sequence[int], first: int, *purpose: str | int) -> Iterator[tuple[Batch, ...]]:
        """The batches of each step of an epoch with samples from `indexes`, as `read` draws them."""
        batches = self.read(indexes, self.count, first * self.run.accumulate, *purpose)
        while group := tuple(islice(batches, self.run.accumulate)):
            yield group

    def read(self, indexes: Sequence[int], count: int, first: int, *purpose: str | int, wider: int = 1) -> Iterator[Batch]:
        """Batches of `count` samples drawn from `indexes`, starting at batch `first`; `purpose` makes the draw unique.

        They have as many samples as the run's batches, times `wider`.

        Raises:
            TrainError: There are no samples.
            DataError: A sample can't be read.
        """
        order = self.drawn(indexes, count, *purpose, wider=wider)[first:]
        seed = derive(self.seed, "workers", self.run.kind, *purpose, first)
        how = {"workers": self.run.workers, "seed": seed}
        return batches(self.samples, order, self.device, **how, processes=self.processes)

    def drawn(self, indexes: Sequence[int], count: int, *purpose: str | int, wider: int = 1) -> list[list[Draw]]:
        """What `read` draws: the samples of each batch.

        Raises:
            TrainError: There are no samples.
        """
        purpose = (self.run.kind, *purpose)
        if self.classes is None:
            drawn = draws(indexes, count, self.seed, *purpose)
        else:
            ignored = ignored_by(self.run)
            drawn = balanced_draws(indexes, self.classes, count, self.seed, *purpose, ignored=ignored)
        if self.samples.paired:
            drawn = in_pairs(drawn, self.seed, *purpose)
        return in_batches(drawn, wider * self.run.batch)


def epoch_samples(run: Run, samples: DataSet, seed: int, epoch: int) -> Iterator[list[Sample]]:
    """The samples of each batch on which an epoch of a retraining trains the weights.

    Args:
        run: The retraining.
        samples: Its training set.
        seed: The run's seed.
        epoch: The epoch, counted from 0.

    Raises:
        TrainError: There are no samples.
        DataError: A sample can't be read.
    """
    places = range(len(samples))
    own = samples.part(np.array(places), training=True)  # drawing doesn't change the epoch of the caller's set
    phase = PhaseBatches(run, own, places, seed, torch.device("cpu"))
    for batch in phase.drawn(places, phase.count, WEIGHTS, epoch):
        yield [drawn_sample(own, draw) for draw in batch]
