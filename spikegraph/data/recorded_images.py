"""Images that a camera took beside its events, in MVSEC's layout: `davis/SIDE/image_raw` and `image_raw_ts`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import dataset, reading, require_stored
from spikegraph.data.rectification import Rectification, Side
from spikegraph.data.stacking import time_tolerance
from spikegraph.data.time_stamps import read_time_stamps

BRIGHTEST = np.float32(255)
HELP = "leave `images` out of the data set, or use a recording with images"


@dataclass(frozen=True)
class RecordedImages:
    """The images of one camera of a recording, by their times.

    Attributes:
        file: Returns the open file of the recording.
        path: Its path.
        side: The camera.
        size: Height and width of the sensor in pixels.
        longest: How old an image may be, in seconds.
        rectification: Moves pixels as it moves events; None if the camera's pixels are taken as rectified.
    """

    file: Callable[[], h5py.File]
    path: Path
    side: Side
    size: tuple[int, int]
    longest: float
    rectification: Rectification | None = None

    @property
    def _name(self) -> str:
        return f"davis/{self.side}/image_raw"

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """The times of the images in seconds, ascending, float64 [M].

        Raises:
            DataError: The recording has no images, or others than uint8 [M, H, W] with a time each.
        """
        file, name = self.file(), self._name
        try:
            images = dataset(file, self.path, name, (None, *self.size))
            stamps = dataset(file, self.path, f"{name}_ts", (None,))
        except DataError as error:
            raise DataError(error.summary, self.path, HELP) from error
        if images.dtype != np.uint8:
            raise DataError(f"`{name}` has numbers of the type {images.dtype}, not uint8", self.path, HELP)
        if images.shape[0] != stamps.shape[0] or not images.shape[0]:
            shown = f"{name} has {images.shape[0]} images and {name}_ts {stamps.shape[0]} time stamps"
            raise DataError(shown, self.path, HELP)
        for found, called in ((images, name), (stamps, f"{name}_ts")):
            require_stored(found, self.path, called)
        return read_time_stamps(stamps, self.path, f"{name}_ts")

    def before(self, time: float) -> int | None:
        """The number of the last image that isn't later than a time in seconds; None if that is too old, or there is none."""
        tolerance = time_tolerance(time)
        number = int(np.searchsorted(self.times, time + tolerance, "right")) - 1
        return number if number >= 0 and time - self.times[number] <= self.longest + tolerance else None

    def image(self, time: float) -> NDArray[np.float32]:
        """The last image that isn't later than a time in seconds, rectified, float32 [1, H, W] from 0 to 1.

        Raises:
            DataError: There is none that is recent enough, or it can't be read.
        """
        number = self.before(time)
        if number is None:
            summary = f"{self.side} images: none is at most {1e3 * self.longest:g} ms older than {time:.6f} s"
            raise DataError(summary, self.path, "write a longer `image_age` in the data set")
        with reading(self.path, f"{self.side} image {number}"):
            found = dataset(self.file(), self.path, self._name, (None, *self.size))
            image = np.asarray(Rows(found, self.path)(number, number + 1), np.float32) / BRIGHTEST
        return image if self.rectification is None else self.rectification.image(image)
