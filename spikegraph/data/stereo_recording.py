"""What the stereo data sets need of a recording, whatever its layout."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.rectification import Rectification, Side


class Events(NamedTuple):
    """Events inside the rectified frame, sorted by time.

    Attributes:
        x: Columns, int64 [N].
        y: Rows, int64 [N].
        t: Time stamps in seconds, float64 [N].
        p: Polarities -1 or +1, int8 [N].
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    t: NDArray[np.float64]
    p: NDArray[np.int8]


class StereoRecording(Protocol):
    """Events of two cameras, and true disparities of the left view at some times: `mvsec.Recording`, `dsec.Recording`."""

    @property
    def name(self) -> str:
        """The recording's name."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the sensor in pixels."""
        ...

    @property
    def notes(self) -> list[str]:
        """Notices about this recording."""
        ...

    @property
    def maps(self) -> Mapping[Side, Rectification] | None:
        """Rectification of each camera; None if the events are taken as rectified."""
        ...

    @property
    def focal_baseline(self) -> float | None:
        """Focal length times baseline in px m; None if only disparities are compared and no depths."""
        ...

    @property
    def disparities(self) -> int:
        """The largest disparity that a matcher has to compare, in pixels."""
        ...

    @property
    def truth_times(self) -> NDArray[np.float64]:
        """Times of the true disparities in seconds, ascending, float64 [D].

        Raises:
            DataError: They can't be read.
        """
        ...

    @property
    def truth_path(self) -> Path:
        """The file or folder of the truth, for messages."""
        ...

    def events(self, side: Side, start: float, end: float) -> Events:
        """The rectified events of one camera with `start < t < end`, both in seconds.

        Raises:
            DataError: They can't be read.
        """
        ...

    def last_events(self, side: Side, end: float, count: int) -> Events:
        """The last `count` events with `t < end`, without those that rectification moves out of the frame.

        Raises:
            DataError: They can't be read.
        """
        ...

    def disparity(self, frame: int) -> NDArray[np.float32]:
        """True disparity of the left rectified view in pixels, float32 [H, W], inf where unknown.

        Raises:
            DataError: It can't be read.
        """
        ...

    def files(self) -> Iterable[Path]:
        """The files whose content the data set's hash includes, without the rectification maps."""
        ...
