"""Loads batches of drawn samples onto the device."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch.utils.data import DataLoader, Dataset

from spikegraph.backends.torch.datasets import Batch, Item, collate, item
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.seeding import generator, start_worker
from spikegraph.base.processes import ONE, Processes
from spikegraph.data.sets import DataSet


class Drawn(Dataset[Item]):
    """A data set indexed by `Draw`, so that a sample's augmentation differs from pass to pass."""

    def __init__(self, samples: DataSet) -> None:
        self.samples = samples

    def __getitem__(self, draw: Draw) -> Item:
        """The sample, augmented for this pass."""
        self.samples.set_epoch(draw.turn)
        return item(self.samples.sample(draw.sample, draw.other))


def batches(
    samples: DataSet,
    order: Sequence[Sequence[Draw]],
    device: torch.device,
    *,
    workers: int,
    seed: int,
    processes: Processes = ONE,
) -> Iterator[Batch]:
    """Yields this process's parts of the batches of `order`.

    Args:
        samples: The data set.
        order: The samples of each batch.
        device: The device of the batches.
        workers: Number of processes that read ahead; 0 reads in this process.
        seed: Seed of the workers' random generators.
        processes: The processes that share each batch.

    Raises:
        DataError: A sample can't be read, or samples of a batch differ in size.
    """
    if not order:
        return
    loader = DataLoader(
        Drawn(samples),
        batch_sampler=cast("Any", [processes.part(drawn) for drawn in order]),
        num_workers=workers,
        collate_fn=partial(collate, task=samples.task),
        pin_memory=device.type == "cuda",
        worker_init_fn=start_worker if workers else None,
        # By default the loader draws from the global generator, and a resumed run would draw once more.
        generator=generator(seed, "loader"),
    )
    with warnings.catch_warnings():
        # From 3.12 on, Python warns of forks beside threads. A worker takes no lock of theirs: it computes on one thread.
        warnings.filterwarnings("ignore", r"This process .* is multi-threaded, use of fork", DeprecationWarning)
        found = iter(loader)
    for batch, drawn in zip(found, order, strict=True):
        yield replace(batch.to(device), samples=len(drawn), present=processes.has_part(len(drawn)))
