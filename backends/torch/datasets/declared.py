"""From a spec's `dataset` to training and test sets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikegraph.backends.torch.datasets.download import download as fetch
from spikegraph.backends.torch.datasets.image import ImageSets
from spikegraph.backends.torch.datasets.image_baselines import image_baselines
from spikegraph.backends.torch.datasets.image_sources import SMALL_FASHION, read_images
from spikegraph.backends.torch.datasets.stereo_sets import DatasetSpec, StereoSets, stereo_sets
from spikegraph.data.baselines import block_matcher, constant_guess
from spikegraph.dsl.spec import CallValue, Dataset, StereoDataset
from spikegraph.errors import TrainError

BUILT_IN = {
    "sample": "with the built-in recording of real images and simulated events",
    SMALL_FASHION: "with the small Fashion-MNIST that comes with the package",
}
"""The sources that need no folder, in words."""


def data_sets(dataset: Dataset, folder: Path | None, seed: int, *, download: bool = False) -> StereoSets | ImageSets:
    """The sets that a declaration stands for, from `folder`, from the cache or from the package.

    Args:
        dataset: The declaration.
        folder: Where the data lie.
        seed: Of the augmentation.
        download: Whether images that aren't there may be fetched.

    Raises:
        DataError: Files are missing or unsound.
        TrainError: An augmentation isn't one of this kind of data.
    """
    if download and folder is not None:
        fetch(dataset.source, folder)
    if isinstance(dataset, StereoDataset):
        return stereo_sets(stereo_spec(dataset), folder, seed)
    return read_images(dataset.source, image_augment(dataset), folder, seed)


def baselines(sets: StereoSets | ImageSets) -> Mapping[str, Mapping[str, float]]:
    """The metrics of simpler methods on the test set, by the method's name.

    Raises:
        DataError: A file can't be read.
    """
    if isinstance(sets, ImageSets):
        return image_baselines(sets)
    return {
        "constant guess": constant_guess(sets.test).scores.metrics(),
        "block matcher": block_matcher(sets.test).metrics(),
    }


def image_augment(dataset: Dataset) -> list[tuple[str, Mapping[str, Any]]]:
    """The augmentations of images, names and arguments."""
    return [(call.name, dict(call.named)) for call in dataset.augment]


def stereo_spec(dataset: StereoDataset) -> DatasetSpec:
    """A stereo data set's declaration as its reader takes it.

    Raises:
        TrainError: An augmentation would tear the views and the truth apart.
    """
    return DatasetSpec(
        source=dataset.source,
        sequence=dataset.sequence,
        split=dataset.split,
        stack_s=dataset.stack,
        frames=dataset.frames,
        steps=dataset.steps,
        burn_in=dataset.burn_in,
        truth=dataset.truth,
        truth_mask=dataset.truth_mask,
        augment=tuple(_crop(call) for call in dataset.augment),
        focal_baseline=dataset.focal_baseline,
        stride=dataset.stride,
    )


def _crop(call: CallValue) -> tuple[str, dict[str, Any]]:
    """An augmentation that keeps the two views and the truth together."""
    if call.name != "random_crop" or call.named["padding"] != 0:
        summary = f"{call.span.start}: a stereo data set can't be augmented by `{call.name}`"
        raise TrainError(summary, "the only augmentation of stereo is `random_crop([h, w])`, without padding")
    return call.name, {k: v for k, v in call.named.items() if k != "padding"}
