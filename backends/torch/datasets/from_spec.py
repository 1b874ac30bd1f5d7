"""Makes training and test sets from a spec's `dataset` declaration."""

from pathlib import Path

from spikegraph.backends.torch.datasets.image_sets import ImageSets, image_sets
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.data.image_augment import image_steps
from spikegraph.data.image_download import download as fetch
from spikegraph.data.registries import READERS
from spikegraph.dsl.spec import ImageDataset, StereoDataset
from spikegraph.errors import DataError


def data_sets(
    dataset: StereoDataset | ImageDataset, folder: Path | None, seed: int, *, download: bool = False
) -> StereoSets | ImageSets:
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
    reader = READERS.get(dataset.source)
    if reader is None:
        raise DataError(f"`{dataset.source}` has no reader", help="register one with `READERS` in the plug-in that adds it")
    steps = image_steps([(call.name, dict(call.named)) for call in dataset.augment])
    images = reader(dataset, folder)
    return image_sets(images.train, images.test, steps, seed, images.origin, images.notes)
