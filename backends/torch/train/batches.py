"""What a model is given at a step, whatever the task: inputs by name, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from spikegraph.backends.torch.datasets.stereo import StereoDataset, collate
from spikegraph.errors import TrainError


@runtime_checkable
class Samples(Protocol):
    """A data set: `StereoDataset`, or one whose items are pairs of an image [C, H, W] and its class.

    One that augments its samples also has `set_epoch(n)`, and draws from its seed, n and the index alone.
    """

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def __getitem__(self, index: int, /) -> Any:
        """The sample `index`."""
        ...


@dataclass(frozen=True)
class Batch:
    """N samples.

    Attributes:
        inputs: By the data's names: `left` and `right` [T, N, C, H, W], or `image` [N, C, H, W], the same at every step.
        truth: Disparities float32 [T', N, H, W] of the last T' steps in pixels, not finite where invalid; or classes,
            int64 [N].
        counted: Which truths count, bool [T', N] or [N]; others are only there to fill a window.
    """

    inputs: Mapping[str, Tensor]
    truth: Tensor
    counted: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device; copies that the host needn't wait for."""
        return Batch(
            {k: v.to(device, non_blocking=True) for k, v in self.inputs.items()},
            self.truth.to(device, non_blocking=True),
            self.counted.to(device, non_blocking=True),
        )

    def pin_memory(self) -> Batch:
        """The same in pinned memory; the loader calls it where a GPU is used."""
        return Batch({k: v.pin_memory() for k, v in self.inputs.items()}, self.truth.pin_memory(), self.counted.pin_memory())


def stereo_batch(items: Sequence[Any]) -> Batch:
    """Joins stereo samples; see `data.stereo.collate` for sizes that differ."""
    joined = collate(items)
    return Batch({"left": joined.left, "right": joined.right}, joined.disparity, joined.labelled)


def class_batch(items: Sequence[tuple[Tensor, int]]) -> Batch:
    """Joins images and their classes."""
    images, classes = zip(*items, strict=True)
    truth = torch.tensor([int(c) for c in classes])
    return Batch({"image": torch.stack(images)}, truth, torch.ones(len(truth), dtype=torch.bool))


def joiner(samples: Samples) -> Callable[[Sequence[Any]], Batch]:
    """What joins the samples of this data set.

    Raises:
        TrainError: Its items are of no known kind.
    """
    if isinstance(samples, StereoDataset):
        return stereo_batch
    item = samples[0] if len(samples) else None
    match item:
        case (Tensor(), int() | Tensor()):
            return class_batch
        case _:
            kind = type(samples).__name__
            raise TrainError(f"{kind} gives neither stereo samples nor pairs of an image and its class")


def inputs_of(batch: Batch, wanted: Sequence[str]) -> dict[str, Tensor]:
    """The network's inputs from a batch, by name; the only input takes the only tensor, whatever it is called.

    Raises:
        TrainError: The data have no such input.
    """
    if len(wanted) == 1 and len(batch.inputs) == 1:
        return {wanted[0]: next(iter(batch.inputs.values()))}
    missing = [name for name in wanted if name not in batch.inputs]
    if missing:
        have = " and ".join(f"`{name}`" for name in batch.inputs)
        raise TrainError(f"the network has an input `{missing[0]}`, and the data have {have}", "give the input that name")
    return {name: batch.inputs[name] for name in wanted}
