"""The readers of the data sets that the language knows, but for those of stereo."""

from pathlib import Path

from spikegraph.data.cifar import read_cifar
from spikegraph.data.image_folder import IMAGES, folder_of, read_folders
from spikegraph.data.images import read_small
from spikegraph.data.mnist import read_mnist
from spikegraph.data.own_arrays import read_arrays
from spikegraph.data.own_files import read_own
from spikegraph.data.registries import Images, Reader
from spikegraph.dsl.schema.dataset import GIVEN, OwnArrays, OwnImages
from spikegraph.dsl.spec import Dataset, ImageDataset
from spikegraph.errors import DataError
from spikegraph.surface import argument

SMALL_NOTE = (
    "these are 4,000 training and 1,000 test images of Fashion-MNIST, grey and 28 x 28: not CIFAR10, CIFAR100 or ImageNet"
)


def _small(dataset: ImageDataset, folder: Path | None) -> Images:
    return Images(*read_small(), "the small Fashion-MNIST that comes with the package", (SMALL_NOTE,))


def _cifar(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = needed(dataset, folder)
    train, test, notes = read_cifar(dataset.source, folder)
    return Images(train, test, f"{dataset.source} ({folder})", tuple(notes))


def _folders(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = needed(dataset, folder)
    return Images(*read_folders(folder), f"folders of images ({folder})")


def _own(dataset: ImageDataset, folder: Path | None) -> Images:
    assert isinstance(dataset, OwnImages)
    folder = needed(dataset, folder)
    train, test = read_own(folder, IMAGES, dataset.test, dataset.split_seed)
    return Images(folder_of(train), folder_of(test), f"images ({folder})")


def _arrays(dataset: ImageDataset, folder: Path | None) -> Images:
    assert isinstance(dataset, OwnArrays)
    folder = needed(dataset, folder)
    return Images(*read_arrays(dataset, folder), f"arrays ({folder if dataset.file is None else folder / dataset.file})")


def _python(dataset: ImageDataset, folder: Path | None) -> Images:
    summary = f"{dataset.span.start}: the samples of `{dataset.name}` are given in Python, not in a folder"
    raise DataError(summary, help=f'train on them with `spikegraph.fit("{dataset.span.file}", train=..., test=...)`')


def _mnist(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = needed(dataset, folder)
    return Images(*read_mnist(dataset.source, folder), f"{dataset.source} ({folder})")


def needed(dataset: Dataset, folder: Path | None) -> Path:
    """The folder of a data set.

    Raises:
        DataError: None is given.
    """
    if folder is None:
        raise DataError(
            f"`{dataset.source}` needs a data folder",
            help=f"give it with {argument('data', 'DIR')}, or write `folder` in the spec",
        )
    return folder


IMAGE_SOURCES: dict[str, Reader] = {
    "fashion_mnist_small": _small,
    "cifar10": _cifar,
    "cifar100": _cifar,
    "imagenet": _folders,
    "images": _own,
    "arrays": _arrays,
    **dict.fromkeys(GIVEN, _python),
    "mnist": _mnist,
    "fashion_mnist": _mnist,
}
