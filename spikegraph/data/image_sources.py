"""The readers of the data sets that the language knows, but for those of stereo."""

from pathlib import Path

from spikegraph.data.cifar import read_cifar
from spikegraph.data.dsec_semantic import read_semantic
from spikegraph.data.image_folder import read_folders
from spikegraph.data.images import read_small
from spikegraph.data.mnist import read_mnist
from spikegraph.data.own_arrays import read_arrays
from spikegraph.data.own_images import read_own
from spikegraph.data.registries import READERS, Images
from spikegraph.dsl.schema.dataset import OwnArrays, OwnImages
from spikegraph.dsl.spec import ImageDataset
from spikegraph.errors import DataError

SMALL_NOTE = (
    "these are 4,000 training and 1,000 test images of Fashion-MNIST, grey and 28 x 28: not CIFAR10, CIFAR100 or ImageNet"
)


def _small(dataset: ImageDataset, folder: Path | None) -> Images:
    return Images(*read_small(), "the small Fashion-MNIST that comes with the package", (SMALL_NOTE,))


def _cifar(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = _needed(dataset, folder)
    train, test, notes = read_cifar(dataset.source, folder)
    return Images(train, test, f"{dataset.source} ({folder})", tuple(notes))


def _folders(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = _needed(dataset, folder)
    return Images(*read_folders(folder), f"folders of images ({folder})")


def _own(dataset: ImageDataset, folder: Path | None) -> Images:
    assert isinstance(dataset, OwnImages)
    folder = _needed(dataset, folder)
    return Images(*read_own(folder, dataset.test, dataset.split_seed), f"images ({folder})")


def _arrays(dataset: ImageDataset, folder: Path | None) -> Images:
    assert isinstance(dataset, OwnArrays)
    folder = _needed(dataset, folder)
    return Images(*read_arrays(dataset, folder), f"arrays ({folder if dataset.file is None else folder / dataset.file})")


def _python(dataset: ImageDataset, folder: Path | None) -> Images:
    help = "call `spikegraph.fit(spec, train=..., test=...)`"
    raise DataError(f"the samples of `{dataset.name}` are given in Python", help=help)


def _mnist(dataset: ImageDataset, folder: Path | None) -> Images:
    folder = _needed(dataset, folder)
    return Images(*read_mnist(dataset.source, folder), f"{dataset.source} ({folder})")


def _needed(dataset: ImageDataset, folder: Path | None) -> Path:
    if folder is None:
        raise DataError(
            f"`{dataset.source}` needs a data folder", help="give it with --data DIR, or write `folder` in the spec"
        )
    return folder


READERS.fill(
    {
        "fashion_mnist_small": _small,
        "cifar10": _cifar,
        "cifar100": _cifar,
        "imagenet": _folders,
        "images": _own,
        "arrays": _arrays,
        "python": _python,
        "mnist": _mnist,
        "dsec_semantic": read_semantic,
        "fashion_mnist": _mnist,
    }
)
