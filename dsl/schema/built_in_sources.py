"""The built-in sources."""

from spikegraph.dsl.schema.class_datasets import (
    EventDataset,
    GivenEvents,
    GivenImages,
    ImageDataset,
    OwnArrays,
    OwnEvents,
    OwnImages,
)
from spikegraph.dsl.schema.dataset import PYTHON, PYTHON_EVENTS, PYTHON_STEPS, SOURCES, Source, Tasked
from spikegraph.dsl.schema.map_datasets import DsecSemanticDataset, MapDataset, OwnMaps
from spikegraph.dsl.schema.stereo_datasets import DsecDataset, MvsecDataset
from spikegraph.plugins.later import later

_IMAGES, _EVENTS, _SCENES = "spikegraph.data.image_sources", "spikegraph.data.events.sources", "spikegraph.data.scene_maps"
_GIVEN = later("spikegraph.data.given:refused")
_PUBLISHED = later(f"{_EVENTS}:published")
_CIFAR, _MNIST = later(f"{_IMAGES}:cifar"), later(f"{_IMAGES}:mnist")
_MVSEC = later("spikegraph.data.stereo_parts:read_mvsec")

_FASHION = "MIT, Zalando SE, 2017"
_MOVING = "with the built-in moving scenes of real images and simulated events"

SOURCES.fill(
    {
        "mvsec": Source(MvsecDataset, _MVSEC),
        "sample": Source(
            MvsecDataset,
            _MVSEC,
            built_in="with the built-in recording of real images and simulated events",
            shape=(None, 260, 346),
        ),
        "dsec": Source(DsecDataset, later("spikegraph.data.stereo_parts:read_dsec"), shape=(None, 480, 640)),
        "dsec_semantic": Source(
            DsecSemanticDataset,
            later("spikegraph.data.dsec_semantic:read_semantic"),
            shape=(None, 440, 640),
            classes=11,
            views=("events",),
            events=True,
        ),
        "cifar10": Source(ImageDataset, _CIFAR, shape=(3, 32, 32), classes=10, samples=50_000),
        "cifar100": Source(ImageDataset, _CIFAR, shape=(3, 32, 32), classes=100, samples=50_000),
        "imagenet": Source(
            ImageDataset, later(f"{_IMAGES}:folders"), shape=(3, None, None), sizes_differ=True, samples=1_281_167
        ),
        "images": Source(OwnImages, later(f"{_IMAGES}:own"), shape=(3, None, None)),
        "arrays": Source(OwnArrays, later("spikegraph.data.own_arrays:read"), shape=()),
        "maps": Source(OwnMaps, later("spikegraph.data.own_maps:read")),
        PYTHON: Source(GivenImages, _GIVEN, shape=()),
        PYTHON_STEPS: Source(Tasked, _GIVEN, shape=(), events=True),
        PYTHON_EVENTS: Source(GivenEvents, _GIVEN),
        "events": Source(OwnEvents, later(f"{_EVENTS}:own")),
        "events_small": Source(
            EventDataset,
            later(f"{_EVENTS}:small"),
            built_in="with the small Fashion-MNIST moved before a simulated event camera",
            shape=(None, 34, 34),
            classes=10,
        ),
        "n_mnist": Source(EventDataset, _PUBLISHED, shape=(None, 34, 34), classes=10),
        "n_caltech101": Source(OwnEvents, _PUBLISHED, shape=(None, 180, 240), classes=101),
        "n_cars": Source(EventDataset, _PUBLISHED, shape=(None, 100, 120), classes=2),
        "dvs_gesture": Source(EventDataset, _PUBLISHED, shape=(None, 128, 128), classes=11),
        "cifar10_dvs": Source(OwnEvents, _PUBLISHED, shape=(None, 128, 128), classes=10),
        "shd": Source(EventDataset, _PUBLISHED, shape=(None, 1, 700), classes=20, samples=8_156),
        "fashion_mnist": Source(ImageDataset, _MNIST, shape=(1, 28, 28), classes=10, samples=60_000, licence=_FASHION),
        "mnist": Source(ImageDataset, _MNIST, shape=(1, 28, 28), classes=10, samples=60_000),
        "fashion_mnist_small": Source(
            ImageDataset,
            later(f"{_IMAGES}:fashion_mnist_small"),
            built_in="with the small Fashion-MNIST that comes with the package",
            shape=(1, 28, 28),
            classes=10,
            samples=4_000,
            licence=_FASHION,
        ),
        "segments_small": Source(
            MapDataset,
            later(f"{_SCENES}:segments"),
            built_in=_MOVING,
            shape=(4, 64, 64),
            classes=5,
            views=("events",),
            events=True,
            steps=5,
        ),
        "flow_small": Source(
            MapDataset,
            later(f"{_SCENES}:flow"),
            built_in=_MOVING,
            shape=(4, 64, 64),
            task="flow",
            views=("events",),
            events=True,
            steps=5,
        ),
    }
)
