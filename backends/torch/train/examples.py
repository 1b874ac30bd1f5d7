"""Example predictions of a trained network on its test set, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets.image_dataset import ImageDataset
from spikegraph.backends.torch.datasets.map_sets import MapDataset
from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset
from spikegraph.backends.torch.train.batches import class_batch, inputs_of, stereo_batch
from spikegraph.data.data_sets import Samples
from spikegraph.data.signed_picture import coloured, difference, full_scale
from spikegraph.ir.outputs import disparity_node, logits_node
from spikegraph.runs.examples import Examples, ImageExample, StereoExample

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

FRAMES, IMAGES = 3, 18
"""Number of stereo frames and number of images to keep."""

LARGEST = 96
"""Maximum length in pixels of an image's longer side; larger images are subsampled."""


def gather(model: Model, samples: Samples) -> Examples:
    """Predictions for samples that are spread evenly over the test set; restores the model's mode afterwards.

    Args:
        model: The model, on its device.
        samples: The test set.

    Raises:
        TrainError: The network doesn't fit the data.
    """
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            if isinstance(samples, StereoDataset):
                return Examples(stereo=tuple(_frame(model, samples, k) for k in spread(len(samples), FRAMES)))
            if isinstance(samples, MapDataset):
                return Examples()
            classes = samples.source.classes if isinstance(samples, ImageDataset) else ()
            return Examples(images=tuple(_image(model, samples, k) for k in spread(len(samples), IMAGES)), classes=classes)
    finally:
        model.train(training)


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` evenly spaced integers below `count`; deterministic."""
    kept = min(count, wanted)
    return [(2 * k + 1) * count // (2 * kept) for k in range(kept)]


def _frame(model: Model, samples: StereoDataset, index: int) -> StereoExample:
    """The prediction for the last labelled frame of a window."""
    item = samples[index]
    batch = stereo_batch([item]).to(_device(model))
    node = disparity_node(model.graph).name
    values, _ = model.run(inputs_of(batch, tuple(model.graph.inputs())), wanted=(node,))
    step = int(item.labelled.nonzero()[-1]) - len(item.labelled)  # negative: counted from the window's end
    left, right = (view[step].sum(dim=0).to(torch.int8).numpy() for view in (item.left, item.right))
    recording, first = item.name.rpartition("/")[::2]
    number = int(first) + len(item.labelled) + step
    predicted: NDArray[np.float32] = values[node][step, 0, 0].float().cpu().numpy()
    return StereoExample(f"{recording}/{number}", left, right, item.disparity[step].numpy(), predicted)


def _image(model: Model, samples: Samples, index: int) -> ImageExample:
    pixels, label = samples[index]
    batch = class_batch([(pixels, label)]).to(_device(model))
    node = logits_node(model.graph).name
    values, _ = model.run(inputs_of(batch, tuple(model.graph.inputs())), wanted=(node,))
    probabilities: NDArray[np.float32] = values[node][0].float().softmax(-1).cpu().numpy()
    held = samples.source.image(int(samples.indexes[index])) if isinstance(samples, ImageDataset) else None
    shown = _as_bytes(pixels) if held is None or held.dtype != np.uint8 or held.ndim == 4 else held.astype(np.uint8, copy=False)
    step = -(-max(shown.shape[:2]) // LARGEST)
    return ImageExample(np.ascontiguousarray(shown[::step, ::step]), int(label), probabilities)


def _as_bytes(pixels: torch.Tensor) -> NDArray[np.uint8]:
    """An image [C, H, W] of any range as uint8 [H, W, C]; its minimum becomes 0, its maximum 255.

    The sum of all time steps of events [T, C, H, W] in colours.
    """
    if pixels.ndim == 4:
        total = pixels.float().sum(0).numpy()
        plane = difference(total) if total.shape[0] == 2 else total.sum(0)
        return coloured(plane, full_scale(plane))
    image = pixels.float().numpy().transpose(1, 2, 0)
    low, high = float(image.min()), float(image.max())
    return np.round((image - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def _device(model: Model) -> torch.device:
    return next(iter(model.parameters())).device
