"""The registries of data: readers of image data sets, and what augmentations do to an image.

Importing this module needs no numpy, so that a plug-in can register here what it declares for the language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spikegraph.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from spikegraph.data.data_sets import Samples
    from spikegraph.data.image_steps import Step
    from spikegraph.data.images import Source
    from spikegraph.data.map_scores import Scores
    from spikegraph.data.map_steps import MapStep
    from spikegraph.data.maps import MapData


@dataclass(frozen=True)
class Images:
    """The images of a data set.

    Attributes:
        train: Images for training.
        test: Images for the test.
        origin: Where they are from, in one line.
        notes: Notices to print once.
    """

    train: Source
    test: Source
    origin: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PythonSets:
    """Data sets as one writes them for PyTorch, whose items are pairs of a value and its class.

    The value is an image [C, H, W]; a sample [T, C, H, W] where the source says `events=True`; or an array of events with the
    fields x, y, t and p where its record is an `EventDataset`.

    Attributes:
        train: Samples for training.
        test: Samples for the test.
        origin: Where they are from, in one line.
    """

    train: Samples
    test: Samples
    origin: str


Reader = Callable[[Any, "Path | None"], "Images | MapData | PythonSets"]
"""Reads what a declaration names from a folder, which is None without `--data`.

It returns samples with classes, samples with a truth for each pixel, or data sets in Python.

Raises DataError if they are missing.
"""

READERS: Registry[Reader] = Registry("reader of images", "spikegraph.datasets", package="spikegraph.data.built_in_sources")
"""All readers, by the source's name in the language (`spikegraph.dsl.schema.dataset.SOURCES`)."""

STEPS: Registry[Callable[..., Step]] = Registry(
    "augmentation of images", "spikegraph.augmentations", package="spikegraph.data.image_steps"
)
"""What makes the step of each augmentation: called with the parameters in the spec, by name."""

MAP_STEPS: Registry[Callable[..., MapStep]] = Registry(
    "augmentation of maps", "spikegraph.augmentations", package="spikegraph.data.map_steps"
)
"""The same for samples with a truth for each pixel."""

SCORES: Registry[Callable[[], Scores]] = Registry("score", "spikegraph.metrics", package="spikegraph.data.map_scores")
"""What makes the scores of predictions for each pixel, by the kind of truth: `labels`, `flow`."""
