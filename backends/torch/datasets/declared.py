"""From a spec's `dataset` to training and test sets."""

from pathlib import Path

from spikegraph.backends.torch.datasets.download import download as fetch
from spikegraph.backends.torch.datasets.image_sets import ImageSets
from spikegraph.backends.torch.datasets.image_sources import read_images
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.dsl.spec import Dataset, StereoDataset


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
