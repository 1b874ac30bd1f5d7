"""The readers of the data sets of images."""

from pathlib import Path

from spikegraph.data.cifar import read_cifar
from spikegraph.data.folders import needed
from spikegraph.data.image_folder import IMAGES, folder_of, read_folders
from spikegraph.data.images import read_small
from spikegraph.data.mnist import read_mnist
from spikegraph.data.own_files import read_own, unread
from spikegraph.data.source import Read
from spikegraph.data.written_folders import passed_over
from spikegraph.dsl.schema.class_datasets import OwnImages
from spikegraph.dsl.spec import Dataset

SMALL_NOTE = (
    "these are 4,000 training and 1,000 test images of Fashion-MNIST, grey and 28 x 28: not CIFAR10, CIFAR100 or ImageNet"
)


def fashion_mnist_small(dataset: Dataset, folder: Path | None) -> Read:
    """The small Fashion-MNIST."""
    return Read(*read_small(), "the small Fashion-MNIST that comes with the package", (SMALL_NOTE,))


def cifar(dataset: Dataset, folder: Path | None) -> Read:
    """CIFAR10 or CIFAR100."""
    folder = needed(dataset, folder)
    train, test, notes = read_cifar(dataset.source, folder)
    return Read(train, test, f"{dataset.source} ({folder})", tuple(notes))


def folders(dataset: Dataset, folder: Path | None) -> Read:
    """Folders of images, one for each class, in `train` and `val`."""
    folder = needed(dataset, folder)
    train, test = read_folders(folder)
    return Read(train, test, f"folders of images ({folder})", passed_over(folder, train.classes))


def own(dataset: OwnImages, folder: Path | None) -> Read:
    """Images of one's own."""
    folder = needed(dataset, folder)
    train, test = read_own(folder, IMAGES, dataset.test, dataset.split_seed)
    return Read(folder_of(train), folder_of(test), f"images ({folder})", unread(folder, train))


def mnist(dataset: Dataset, folder: Path | None) -> Read:
    """MNIST or Fashion-MNIST."""
    folder = needed(dataset, folder)
    return Read(*read_mnist(dataset.source, folder), f"{dataset.source} ({folder})")
