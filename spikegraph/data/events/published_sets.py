"""The published data sets of labelled recordings, by their names in a spec."""

from spikegraph.data.events.class_folders import CIFAR10_DVS, N_CALTECH101, N_CARS, N_MNIST
from spikegraph.data.events.dvs_gesture import DVS_GESTURE
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
