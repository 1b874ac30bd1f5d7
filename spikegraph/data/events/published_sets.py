"""The published data sets of labelled recordings, by their names in a spec."""

from pathlib import Path

from spikegraph.data.events.blocks import EventFile
from spikegraph.data.events.class_folders import CIFAR10_DVS, N_CALTECH101, N_CARS, N_MNIST, ClassFolders
from spikegraph.data.events.dvs_gesture import DVS_GESTURE
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.published import PublishedSet
from spikegraph.data.events.shd import SHD

PUBLISHED: dict[str, PublishedSet] = {
    "n_mnist": N_MNIST,
    "n_caltech101": N_CALTECH101,
    "n_cars": N_CARS,
    "dvs_gesture": DVS_GESTURE,
    "cifar10_dvs": CIFAR10_DVS,
    "shd": SHD,
}


def open_as(source: str, path: Path) -> EventFile:
    """The reader of a recording as a source reads those that have such a name: CIFAR10-DVS's lie on their side.

    Raises:
        DataError: No format has files of this name.
    """
    kind = PUBLISHED.get(source)
    return kind.open(path) if isinstance(kind, ClassFolders) and kind.has(path.name) else open_events(path)
