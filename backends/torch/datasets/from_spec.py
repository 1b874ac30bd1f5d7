"""Makes training and test sets from a spec's `dataset` declaration."""

from pathlib import Path

from spikegraph.backends.torch.datasets.download import download as fetch
from spikegraph.backends.torch.datasets.image_sets import ImageSets
from spikegraph.backends.torch.datasets.image_sources import read_images
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.dsl.spec import Dataset, StereoDataset


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
        return stereo_sets(dataset, folder, seed)
    augment = [(call.name, dict(call.named)) for call in dataset.augment]
    return read_images(dataset.source, augment, folder, seed)
