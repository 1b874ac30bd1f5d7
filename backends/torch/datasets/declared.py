"""From a spec's `dataset` to training and test sets."""

from collections.abc import Mapping
from pathlib import Path

from spikegraph.backends.torch.datasets.download import download as fetch
from spikegraph.backends.torch.datasets.image import ImageSets
from spikegraph.backends.torch.datasets.image_baselines import image_baselines
from spikegraph.backends.torch.datasets.image_sources import SMALL_FASHION, read_images
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.data.baselines import block_matcher, constant_guess
from spikegraph.dsl.spec import Dataset, StereoDataset

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
        return stereo_sets(dataset, folder, seed)
    augment = [(call.name, dict(call.named)) for call in dataset.augment]
    return read_images(dataset.source, augment, folder, seed)


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
