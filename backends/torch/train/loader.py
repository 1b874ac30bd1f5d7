"""From drawn samples to batches on their way to the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from torch.utils.data import DataLoader, Dataset

from spikegraph.backends.torch.train.batches import Batch, Samples, joiner
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.seeding import generator, start_worker


class Drawn(Dataset[Any]):
    """A data set whose index says in which turn a sample is drawn, so that its augmentation is another each turn."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.set_epoch = getattr(samples, "set_epoch", None)

    def __getitem__(self, draw: Draw) -> Any:
        """The sample as this turn has it."""
        if self.set_epoch is not None:
            self.set_epoch(draw.turn)
        return self.samples[draw.sample]


def batches(
    samples: Samples, order: Sequence[Sequence[Draw]], device: torch.device, *, workers: int, seed: int
) -> Iterator[Batch]:
    """Reads the batches of `order`, one after the other.

    Args:
        samples: The data set.
        order: The samples of each batch.
        device: Where the batches go.
        workers: Processes that read ahead; 0 reads in this one.
        seed: Of the workers' generators.

    Raises:
        TrainError: The samples are of no known kind.
        DataError: A recording can't be read.
    """
    if not order:
        return
    loader = DataLoader(
        Drawn(samples),
        batch_sampler=cast("Any", order),
        num_workers=workers,
        collate_fn=joiner(samples),
        pin_memory=device.type == "cuda",
        worker_init_fn=start_worker if workers else None,
        # Without a generator of its own the loader draws from the global one, where a resumed run would draw once more.
        generator=generator(seed, "loader"),
    )
    for batch in loader:
        yield batch.to(device)
