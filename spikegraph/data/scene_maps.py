"""The built-in moving scenes as samples with a target for each pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from typing_extensions import override

from spikegraph.data.content_hash import of_samples
from spikegraph.data.recorded_scenes import CLASSES, Recorded
from spikegraph.data.sample import About, Sample
from spikegraph.data.scene_cache import cached_scenes
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.spec import Dataset

ORIGIN = "the built-in moving scenes: real images, simulated events"

NOTE = (
    "real images, simulated events: garments of Fashion-MNIST move in front of the Middlebury pair `motorcycle`, and "
    "a simulated event camera sees them"
)


@dataclass(frozen=True)
class SceneMaps(Samples):
    """Recorded scenes as samples.

    Attributes:
        scenes: The scenes.
        task: Which targets the samples have.
    """

    scenes: Recorded
    task: Literal["labels", "flow"]

    @override
    def __len__(self) -> int:
        return len(self.scenes.events)

    @property
    @override
    def about(self) -> About:
        return About(CLASSES if self.task == "labels" else ())

    @override
    def sample(self, index: int) -> Sample:
        """Stacks of events [T, C, H, W], and labels [H, W] or the optical flow [2, H, W] of the last moment."""
        scenes, events = self.scenes, self.scenes.events[index].astype(np.float32)
        if self.task == "labels":
            target = scenes.labels[index][scenes.front[index]].astype(np.int64)
        else:
            target = scenes.velocity[index][scenes.front[index]].transpose(2, 0, 1)
        return Sample({"events": events}, target, steps=len(events))

    @override
    def content(self) -> Iterator[bytes]:
        return of_samples(self.sample, len(self), self.task)


def segments(dataset: Dataset, folder: Path | None) -> Read:
    """Scenes with the label of each pixel."""
    return _read("labels")


def flow(dataset: Dataset, folder: Path | None) -> Read:
    """Scenes with the optical flow of each pixel."""
    return _read("flow")


def _read(task: Literal["labels", "flow"]) -> Read:
    train, test, notes = cached_scenes()
    return Read(SceneMaps(train, task), SceneMaps(test, task), ORIGIN, (NOTE, *notes))
