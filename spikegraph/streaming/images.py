"""Images beside the events of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.nearest import listed
from spikegraph.data.events.coding import MICROSECONDS
from spikegraph.data.hdf5 import open_file
from spikegraph.data.mvsec import SENSOR
from spikegraph.data.recorded_images import RecordedImages
from spikegraph.data.rectification import SIDES
from spikegraph.dsl.schema.sample_type import ImageInput
from spikegraph.streaming.cutting import StepEvents
from spikegraph.streaming.origin import Origin
from spikegraph.streaming.views import NoInputError, Prepared


@dataclass(frozen=True)
class ImageView:
    """The input of images.

    Attributes:
        name: Its name.
        images: The images of a recording.
        how: How they are prepared, as in evaluation.
    """

    name: str
    images: RecordedImages
    how: Prepared

    @property
    def begin(self) -> int:
        """When the first image was taken, in microseconds, rounded up."""
        return int(np.ceil(self.images.times[0] * MICROSECONDS))

    def array(self, step: StepEvents) -> NDArray[np.float32]:
        """The last image that isn't later than the end of a time step, float32 [1, 1, H, W] from 0 to 1.

        Raises:
            DataError: It can't be read, or the data set's `augment` doesn't fit it.
            NoInputError: There is none that is recent enough.
        """
        time = (step.stop if step.end is None else step.end) / MICROSECONDS
        if self.images.before(time) is None:
            raise NoInputError(f"no image for `{self.name}` is recent enough at {time:.6f} s", self.images.path)
        image = self.images.image(time)
        return self.how.of(self.name, image[None], self.images.path)

    def empty(self) -> NDArray[np.float32]:
        """A black image."""
        return self.how.of(self.name, np.zeros((1, 1, *self.images.size), np.float32), self.images.path)


def begin_of(images: Sequence[ImageView]) -> int | None:
    """When the last of the cameras has its first image, in microseconds; None without images."""
    return max((view.begin for view in images), default=None)


def image_views(wanted: Sequence[ImageInput], origin: Origin, how: Prepared) -> tuple[ImageView, ...]:
    """The inputs of images beside the events that the network takes.

    Raises:
        DataError: The stream has no images.
    """
    path = origin.recording
    if not wanted:
        return ()
    if path is None:
        names = listed([each.name for each in wanted], last="and")
        summary = f"the network takes images beside the events, as {names}, which it doesn't have"
        help = "stream a recording in MVSEC's layout that has images"
        raise DataError(summary, origin.files[0].path, help)
    file, found = open_file(path), list[ImageView]()
    for each in wanted:
        maps = None if origin.maps is None else origin.maps[each.camera]
        images = RecordedImages(lambda: file, path, SIDES[each.camera], origin.sensor or SENSOR, each.longest, maps)
        _ = images.times  # what is wrong with them is said before anything is written
        found.append(ImageView(each.name, images, how))
    return tuple(found)
