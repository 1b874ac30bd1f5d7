"""Loads batches of drawn samples onto the device."""

import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

from spikegraph.analysis.out_of_memory import ended_by_itself
from spikegraph.backends.torch.datasets import Batch, Item, collate, item
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.backends.torch.train.seeding import generator, start_worker
from spikegraph.base.errors import TrainError, UserError
from spikegraph.base.processes import ONE, Processes
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.plugins.local_files import ELSEWHERE, loaded_files
from spikegraph.tasks.task import Task

T = TypeVar("T")


@dataclass(frozen=True)
class Refused:
    """An error for users in a process that reads data, on its way to the training process, where torch can't raise it anew.

    Attributes:
        error: The error.
        lines: Its traceback.
    """

    error: UserError
    lines: str


def _sent(make: Callable[[], T]) -> T | Refused:
    """What a function returns; in a process that reads data, also an error for users that it raises."""
    try:
        return make()
    except Exception as error:
        if get_worker_info() is None:
            raise
        if isinstance(error, UserError):
            return Refused(error, traceback.format_exc())
        if getattr(type(error), "message", None):  # torch would make it from its `message` alone
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        raise


def _started(worker: int, plugins: Sequence[Path]) -> None:
    """Starts a process that reads data; an error for users arrives in the place of its first sample."""
    found, here = _sent(lambda: start_worker(worker, plugins)), get_worker_info()
    if isinstance(found, Refused) and here is not None:
        cast("Any", here).dataset.refused = found


def drawn_sample(samples: DataSet, draw: Draw) -> Sample:
    """The sample of a draw, augmented for its pass.

    Raises:
        DataError: It can't be read.
    """
    samples.set_epoch(draw.turn)
    return samples.sample(draw.sample, draw.other)


class Drawn(Dataset[Item | Refused]):
    """A data set indexed by `Draw`, so that a sample's augmentation differs from pass to pass."""

    refused: Refused | None = None
    """Why the process that has it couldn't start."""

    def __init__(self, samples: DataSet) -> None:
        self.samples = samples

    def __getitem__(self, draw: Draw) -> Item | Refused:
        """The sample, augmented for this pass."""
        return self.refused or _sent(lambda: item(drawn_sample(self.samples, draw)))


def _collated(items: Sequence[Item | Refused], task: Task, *, apart: bool) -> list[Batch] | Refused:
    """A batch, or with `apart` one for each size of its samples; or the first error of these."""
    refused = next((found for found in items if isinstance(found, Refused)), None)
    groups = dict[Any, list[Item]]()
    for each in cast("Sequence[Item]", items) if refused is None else ():
        groups.setdefault(each.target.shape[-2:] if apart and task.padding is not None else None, []).append(each)
    return refused or _sent(lambda: [collate(group, task) for group in groups.values()])


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
    for (part,) in _read(samples, order, device, workers, seed, processes, apart=False):
        yield part


def unpadded(samples: DataSet, order: Sequence[Sequence[Draw]], device: torch.device, *, workers: int) -> Iterator[list[Batch]]:
    """Yields the batches of `order`, each divided by the sizes of its samples, so that none is padded to another one's size.

    Args and errors as of `batches`.
    """
    return _read(samples, order, device, workers, 0, ONE, apart=True)


def _read(
    samples: DataSet,
    order: Sequence[Sequence[Draw]],
    device: torch.device,
    workers: int,
    seed: int,
    processes: Processes,
    *,
    apart: bool,
) -> Iterator[list[Batch]]:
    if not order:
        return
    forks = "fork" in get_all_start_methods()
    loader = DataLoader(
        Drawn(samples),
        batch_sampler=cast("Any", [processes.part(drawn) for drawn in order]),
        num_workers=workers,
        collate_fn=partial(_collated, task=samples.task, apart=apart),
        pin_memory=device.type == "cuda",
        # A plug-in's names and classes are those of this process, which only a fork has.
        multiprocessing_context="fork" if workers and forks else None,
        worker_init_fn=partial(_started, plugins=() if forks else loaded_files()) if workers else None,
        # By default the loader draws from the global generator, and a resumed run would draw once more.
        generator=generator(seed, "loader"),
    )
    with warnings.catch_warnings():
        # From 3.12 on, Python warns of forks beside threads. A worker takes no lock of theirs: it computes on one thread.
        warnings.filterwarnings("ignore", r"This process .* is multi-threaded, use of fork", DeprecationWarning)
        found = _reading(loader)
    stream = torch.cuda.Stream(device) if device.type == "cuda" else None
    for together, drawn in zip(found, order, strict=True):
        if isinstance(together, Refused):
            raise together.error from RuntimeError(f"{ELSEWHERE}\n{together.lines}")
        parts = [batch.part_of(len(drawn), present=processes.has_part(len(drawn))) for batch in together]
        yield [part.to(device) if stream is None else moved(part, device, stream) for part in parts]


def _reading(loader: DataLoader[Item | Refused]) -> Iterator[list[Batch] | Refused]:
    """What a loader reads; its processes start at once.

    Raises:
        TrainError: One of them ended with an exception that it couldn't send.
    """
    found = iter(loader)

    def read() -> Iterator[list[Batch] | Refused]:
        try:
            yield from found
        except RuntimeError as error:
            if not ended_by_itself(error):
                raise
            help = "its exception is printed above; `workers = 0` reads in the training process"
            raise TrainError("a process that reads data ended with an exception", help) from error

    return read()


def moved(batch: Batch, device: torch.device, stream: torch.cuda.Stream) -> Batch:
    """The batch on a CUDA device, copied by a stream of its own, while the device still computes the steps before.

    The program is ahead of the device by some steps, since no step waits for it.
    """
    with torch.cuda.stream(stream):
        found = batch.to(device)
    now = torch.cuda.current_stream(device)
    now.wait_stream(stream)
    for tensor in found.tensors:
        tensor.record_stream(now)  # its memory isn't given to the next copy before the step has used it
    return found
