"""The readers of the built-in data sets with a truth for each pixel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spikegraph.data.dsec_semantic import read_semantic
from spikegraph.data.image_sources import needed
from spikegraph.data.maps import MapData, MapSample
from spikegraph.data.own_maps import read_maps
from spikegraph.data.recorded_scenes import CLASSES, Recorded
from spikegraph.data.registries import Reader
from spikegraph.data.scene_cache import cached_scenes
from spikegraph.dsl.schema.dataset import OwnMaps
from spikegraph.dsl.spec import MapDataset

ORIGIN = "the built-in moving scenes: real images, simulated events"

NOTE = (
    "real images, simulated events: garments of Fashion-MNIST move in front of the Middlebury pair `motorcycle`, and "
    "a simulated event camera sees them"
)


@dataclass(frozen=True)
class SceneMaps:
    """Recorded scenes as samples.

    Attributes:
        scenes: The scenes.
        kind: Which truth the samples have.
    """

    scenes: Recorded
    kind: Literal["labels", "flow"]

    def __len__(self) -> int:
        """The number of scenes."""
        return len(self.scenes.events)

    def sample(self, index: int) -> MapSample:
        """As `MapSource`: stacks of events [T, C, H, W], and labels [H, W] or the optical flow [2, H, W] of the last moment."""
        scenes, events = self.scenes, self.scenes.events[index].astype(np.float32)
        if self.kind == "labels":
            truth = scenes.labels[index][scenes.front[index]].astype(np.int64)
        else:
            truth = scenes.velocity[index][scenes.front[index]].transpose(2, 0, 1)
        return MapSample({"events": events}, truth, self.kind)


def _segments(dataset: MapDataset, folder: Path | None) -> MapData:
    return _read("labels", CLASSES)


def _own(dataset: MapDataset, folder: Path | None) -> MapData:
    assert isinstance(dataset, OwnMaps)
    return read_maps(dataset, needed(dataset, folder))


def _flow(dataset: MapDataset, folder: Path | None) -> MapData:
    return _read("flow", ())


def _read(kind: Literal["labels", "flow"], classes: tuple[str, ...]) -> MapData:
    train, test, notes = cached_scenes()
    return MapData(SceneMaps(train, kind), SceneMaps(test, kind), ORIGIN, (NOTE, *notes), classes)


MAP_SOURCES: dict[str, Reader] = {
    "segments_small": _segments,
    "flow_small": _flow,
    "dsec_semantic": read_semantic,
    "maps": _own,
}
