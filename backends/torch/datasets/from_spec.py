"""Makes training and test sets from a spec's `dataset` declaration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikegraph.backends.torch.datasets.download import download as fetch
from spikegraph.backends.torch.datasets.image_sets import ImageSets
from spikegraph.backends.torch.datasets.image_sources import read_images
from spikegraph.backends.torch.datasets.stereo_sets import DatasetSpec, StereoSets, stereo_sets
from spikegraph.dsl.spec import CallValue, Dataset, StereoDataset
from spikegraph.errors import TrainError


def data_sets(dataset: Dataset, folder: Path | None, seed: int, *, download: bool = False) -> StereoSets | ImageSets:
    """Makes the sets of a declaration.

    Args:
        dataset: The declaration.
        folder: The data folder; built-in data sets need none.
        seed: Seed of the augmentation.
        download: Download missing images into `folder`.

    Raises:
        DataError: Files are missing or damaged, or a download failed.
        TrainError: An augmentation doesn't suit this kind of data.
    """
    if download and folder is not None:
        fetch(dataset.source, folder)
    if isinstance(dataset, StereoDataset):
        return stereo_sets(stereo_spec(dataset), folder, seed)
    return read_images(dataset.source, image_augment(dataset), folder, seed)


def image_augment(dataset: Dataset) -> list[tuple[str, Mapping[str, Any]]]:
    """Names and arguments of the augmentations of images."""
    return [(call.name, dict(call.named)) for call in dataset.augment]


def stereo_spec(dataset: StereoDataset) -> DatasetSpec:
    """Converts the declaration of a stereo data set for `stereo_sets`.

    Raises:
        TrainError: An augmentation would misalign the views and the ground truth.
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
    """Name and arguments of the only augmentation that keeps the two views and the ground truth aligned."""
    if call.name != "random_crop" or call.named["padding"] != 0:
        summary = f"{call.span.start}: a stereo data set can't be augmented with `{call.name}`"
        raise TrainError(summary, "use `random_crop([h, w])` without padding")
    return call.name, {k: v for k, v in call.named.items() if k != "padding"}
