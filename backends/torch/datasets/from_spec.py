"""Makes training and test sets from a spec's `dataset` declaration."""

from pathlib import Path

from spikegraph.backends.torch.datasets.given import given_images
from spikegraph.backends.torch.datasets.image_sets import ImageSets, image_sets
from spikegraph.backends.torch.datasets.map_sets import MapSets, map_sets
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.data.data_sets import Samples
from spikegraph.data.image_download import download as fetch
from spikegraph.data.map_steps import map_steps
from spikegraph.data.maps import MapData
from spikegraph.data.registries import READERS, PythonSets
from spikegraph.dsl.schema.dataset import GIVEN, PYTHON
from spikegraph.dsl.spec import ClassDataset, MapDataset, StereoDataset
from spikegraph.errors import DataError


def data_sets(
    dataset: StereoDataset | ClassDataset | MapDataset,
    folder: Path | None,
    seed: int,
    *,
    download: bool = False,
    given: tuple[Samples, Samples] | None = None,
) -> StereoSets | ImageSets | MapSets:
    """Makes the sets of a declaration.

    Args:
        dataset: The declaration.
        folder: The data folder; built-in data sets need none.
        seed: Seed of the augmentation.
        download: Download missing images into `folder`.
        given: Training and test set for a declaration with `source = python`.

    Raises:
        DataError: Files are missing or damaged, a download failed, or samples are given to another source.
        TrainError: An augmentation doesn't suit this kind of data.
    """
    if given is not None and dataset.source not in GIVEN:
        summary = f"{dataset.span.start}: the data set `{dataset.name}` has the source `{dataset.source}`"
        raise DataError(summary, help=f"write `source = {PYTHON}` in it (or {', '.join(GIVEN[1:])})")
    if download and folder is not None:
        fetch(dataset.source, folder)
    if isinstance(dataset, StereoDataset):
        return stereo_sets(dataset, folder, seed)
    reader = READERS.get(dataset.source)
    if reader is None:
        raise DataError(f"`{dataset.source}` has no reader", help="register one with `READERS` in the plug-in that adds it")
    read = reader(dataset, folder) if given is None else PythonSets(*given, "data sets in Python")
    if isinstance(read, MapData):
        return map_sets(read, map_steps([(call.name, dict(call.named)) for call in dataset.augment]), seed)
    if not isinstance(dataset, ClassDataset):
        raise DataError(f"`{dataset.source}` is declared with a truth for each pixel, but its reader returns classes")
    return image_sets(given_images(read, dataset) if isinstance(read, PythonSets) else read, dataset, seed)
