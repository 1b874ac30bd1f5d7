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


Reader = Callable[[Any, "Path | None"], "Images | MapData"]
"""Reads what a declaration names from a folder, which is None without `--data`: images, or samples with a truth for each pixel.

Raises DataError if they are missing.
"""

READERS: Registry[Reader] = Registry("reader of a data set", "spikegraph.datasets", package="spikegraph.data.built_in_sources")
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
