"""Which batches a phase sees: a function of the seed, so that a resumed run sees the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from spikegraph.backends.torch.train.batches import Batch, Samples
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import draws, in_batches
from spikegraph.backends.torch.train.seeding import derive
from spikegraph.dsl.spec import Run


@dataclass(frozen=True)
class PhaseBatches:
    """The batches of one phase.

    Attributes:
        run: As declared: batch size, samples of an epoch, workers.
        samples: The data set.
        indexes: The samples that the weights are trained on.
        seed: The run's.
        device: Where batches go.
    """

    run: Run
    samples: Samples
    indexes: Sequence[int]
    seed: int
    device: torch.device

    @property
    def count(self) -> int:
        """Samples that the weights see in an epoch."""
        return self.run.epoch_samples or len(self.indexes)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-self.count // self.run.batch)

    def weights(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """An epoch's batches from step `first` on, both counted from 0."""
        return self.read(self.indexes, self.count, first, "weights", epoch)

    def read(self, indexes: Sequence[int], count: int, first: int, *purpose: str | int) -> Iterator[Batch]:
        """`count` of some samples in batches, from batch `first` on; `purpose` tells draws apart.

        Raises:
            TrainError: There is nothing to draw from.
            DataError: A sample can't be read.
        """
        purpose = (self.run.kind, *purpose)
        order = in_batches(draws(indexes, count, self.seed, *purpose), self.run.batch)[first:]
        seed = derive(self.seed, "workers", *purpose, first)
        return batches(self.samples, order, self.device, workers=self.run.workers, seed=seed)
