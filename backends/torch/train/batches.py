"""A batch: the network's inputs by name, and the ground truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from spikegraph.backends.torch.datasets.map_sets import MapDataset, MapItem
from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset, collate
from spikegraph.data.data_sets import Samples
from spikegraph.errors import DataError, TrainError, UntrainableError


@dataclass(frozen=True)
class Batch:
    """N samples.

    Attributes:
        inputs: By name: `left` and `right` [T, N, C, H, W], or `image` [N, C, H, W] (the same image at every time step).
        truth: Disparities in pixels of the last T' steps, float32 [T', N, H, W], not finite where invalid; or classes,
            int64 [N]; or labels, int64 [N, H, W]; or numbers for each pixel, float32 [N, K, H, W], not finite where invalid.
        counted: Mask of the truths to evaluate, bool [T', N] or [N]; the others only fill up a window.
        samples: Number of samples over all processes that train together; None if this one has all.
        present: False if this process only stands in, for a batch with fewer samples than processes.
    """

    inputs: Mapping[str, Shaped[Tensor, " ..."]]
    truth: Shaped[Tensor, "*truth"]
    counted: Bool[Tensor, "*steps N"]
    samples: int | None = None
    present: bool = True

    @property
    def size(self) -> int:
        """Number of samples, over all processes."""
        return self.counted.shape[-1] if self.samples is None else self.samples

    def to(self, device: torch.device) -> Batch:
        """Returns the batch on a device; the copies are asynchronous."""
        moved = {k: v.to(device, non_blocking=True) for k, v in self.inputs.items()}
        truth, counted = (x.to(device, non_blocking=True) for x in (self.truth, self.counted))
        return replace(self, inputs=moved, truth=truth, counted=counted)

    def pin_memory(self) -> Batch:
        """Returns the batch in pinned memory; the data loader calls this if a GPU is used."""
        return Batch({k: v.pin_memory() for k, v in self.inputs.items()}, self.truth.pin_memory(), self.counted.pin_memory())


def stereo_batch(items: Sequence[Any]) -> Batch:
    """Joins stereo samples [T, C, H, W] into a batch [T, N, C, H, W]; `collate` describes how different sizes are padded."""
    joined = collate(items)
    return Batch({"left": joined.left, "right": joined.right}, joined.disparity, joined.labelled)


def class_batch(items: Sequence[tuple[Float[Tensor, "*T C H W"], int | Int[Tensor, ""]]]) -> Batch:
    """Joins pairs of an image and its class into a batch [N, C, H, W]; of samples with time steps into one [T, N, C, H, W].

    Raises:
        DataError: The images differ in size, or the samples in their number of time steps.
    """
    images, classes = zip(*items, strict=True)
    shapes = list(dict.fromkeys(tuple(image.shape) for image in images))
    if len(shapes) > 1:
        if len({shape[-3:] for shape in shapes}) == 1:  # no augmentation changes the number of steps
            lengths = " and ".join(str(shape[0]) for shape in shapes[:2])
            help = "give all samples the same number of time steps"
            raise DataError(f"the samples of a batch differ in their time steps: {lengths}", help=help)
        first, second = (" x ".join(map(str, shape)) for shape in shapes[:2])
        raise DataError(f"the images of a batch differ in size: {first} and {second}", help="add `random_crop` to `augment`")
    truth = torch.tensor([int(c) for c in classes])
    stacked = torch.stack(images, dim=1 if images[0].dim() == 4 else 0)
    return Batch({"image": stacked}, truth, torch.ones(len(truth), dtype=torch.bool))


def map_batch(items: Sequence[MapItem]) -> Batch:
    """Joins samples with a truth for each pixel: inputs [N, C, H, W] or [T, N, C, H, W].

    Raises:
        DataError: The samples differ in size.
    """
    shapes = {(tuple(item.truth.shape), *(tuple(x.shape) for x in item.inputs.values())) for item in items}
    if len(shapes) > 1:
        raise DataError("the samples of a batch differ in size", help="add `random_crop` to `augment`")
    found = {name: [item.inputs[name] for item in items] for name in items[0].inputs}
    inputs = {name: torch.stack(of, dim=1 if of[0].dim() == 4 else 0) for name, of in found.items()}
    truth = torch.stack([item.truth for item in items])
    return Batch(inputs, truth, torch.ones(len(items), dtype=torch.bool))


def collate_function(samples: Samples) -> Callable[[Sequence[Any]], Batch]:
    """The function that joins samples of this data set into a batch.

    Raises:
        TrainError: The items are neither stereo samples nor pairs of an image and its class.
    """
    if isinstance(samples, StereoDataset):
        return stereo_batch
    if isinstance(samples, MapDataset):
        return map_batch
    item = samples[0] if len(samples) else None
    match item:
        case (Tensor(), int() | Tensor()):
            return class_batch
        case _:
            kind = type(samples).__name__
            raise TrainError(f"the items of {kind} are neither stereo samples nor pairs of an image and its class")


def inputs_of(batch: Batch, wanted: Sequence[str]) -> dict[str, Shaped[Tensor, " ..."]]:
    """The network's inputs, [T, N, C, H, W] or [N, C, H, W] by name. If both have exactly one input, its name may differ.

    Raises:
        TrainError: The batch lacks an input.
    """
    if len(wanted) == 1 and len(batch.inputs) == 1:
        return {wanted[0]: next(iter(batch.inputs.values()))}
    missing = [name for name in wanted if name not in batch.inputs]
    if missing:
        have = " and ".join(f"`{name}`" for name in batch.inputs)
        raise UntrainableError(
            f"the network has an input `{missing[0]}`, but the data have {have}", "rename the network's input"
        )
    return {name: batch.inputs[name] for name in wanted}
