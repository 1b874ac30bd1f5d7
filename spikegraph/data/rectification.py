"""Rectification maps: from a camera's pixels to the pixels of the rectified stereo pair."""

import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.reading import read_plain

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

LARGEST_MAP = 8 * 1024 * 1024
"""Most bytes of a file; MVSEC's have 2 MB."""

NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
"""The pixels around one, as rows down and columns to the right, the nearest first."""

NO_MAPS = "no rectification maps found; assuming that the events are rectified"


@dataclass(frozen=True)
class Rectification:
    """A camera's maps: `x_rect = x_map[y, x]`, `y_rect = y_map[y, x]`, rounded.

    Attributes:
        x: Rectified column of every pixel, whole numbers [H, W].
        y: Rectified row of every pixel, likewise.
    """

    x: NDArray[np.signedinteger]
    y: NDArray[np.signedinteger]

    def apply(
        self, x: NDArray[np.int64], y: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Rectify events.

        Args:
            x: Columns [N].
            y: Rows [N].

        Returns:
            The rectified columns and rows [M] of the events that stay in the frame, and their mask, bool [N].
        """
        height, width = self.x.shape
        new_x, new_y = self.x[y, x], self.y[y, x]
        kept = (new_x >= 0) & (new_x < width) & (new_y >= 0) & (new_y < height)
        return new_x[kept].astype(np.int64), new_y[kept].astype(np.int64), kept

    def image(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rectify an image [C, H, W]: a pixel shows what the camera's pixel saw whose events come to lie on it.

        Where no camera's pixel does, since the maps are rounded, it shows what a pixel beside it shows, else 0.
        """
        source = self._source
        return np.where(source >= 0, image.reshape(len(image), -1)[:, source], np.float32(0))

    @cached_property
    def _source(self) -> NDArray[np.int64]:
        """The number of the camera's pixel that each rectified one shows, int64 [H, W]; -1 for none."""
        height, width = self.x.shape
        y, x = np.indices(self.x.shape).reshape(2, -1)
        new_x, new_y, kept = self.apply(x, y)
        exact = np.full((height + 2, width + 2), -1, np.int64)
        exact[new_y + 1, new_x + 1] = np.flatnonzero(kept)
        found = exact[1:-1, 1:-1]
        for down, right in NEIGHBOURS:
            near = exact[1 + down : 1 + down + height, 1 + right : 1 + right + width]
            found = np.where(found < 0, near, found)
        return found


def load_maps(folder: Path, name: str, size: tuple[int, int]) -> dict[Side, Rectification] | None:
    """The maps of a recording, or None if it has none.

    They are searched as `<name>_{left,right}_{x,y}_map.txt`, then with the trailing number of the name left out, as
    MVSEC has one calibration for all recordings of a scene; in the folder itself, then in its `<scene>_calib`.

    Args:
        folder: The recording's folder.
        name: The recording's name.
        size: Required height and width of the maps in pixels.

    Raises:
        DataError: Some of the four maps are missing, or a map isn't a table of numbers of this size.
    """
    scene = re.sub(r"_?\d+$", "", name) or name
    for stem in dict.fromkeys((name, scene)):
        for place in (folder, folder / f"{scene}_calib"):
            paths = {(side, axis): place / f"{stem}_{side}_{axis}_map.txt" for side in SIDES for axis in "xy"}
            missing = [path for path in paths.values() if not path.is_file()]
            if len(missing) == len(paths):
                continue
            if missing:
                raise DataError("this rectification map is missing, but others exist", missing[0])
            tables = {key: _table(path, size) for key, path in paths.items()}
            return {side: Rectification(tables[side, "x"], tables[side, "y"]) for side in SIDES}
    return None


def _table(path: Path, size: tuple[int, int]) -> NDArray[np.int64]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy warns of an empty file
            table = np.loadtxt(BytesIO(read_plain(path, LARGEST_MAP)), ndmin=2)
    except OSError as error:
        raise DataError(f"the rectification map can't be read: {error.strerror or error}", path) from error
    except (ValueError, UserWarning) as error:
        raise DataError(f"the rectification map isn't a table of numbers: {error}", path) from error
    if table.shape != size:
        raise DataError(
            f"the rectification map has {table.shape[0]} x {table.shape[1]} values, expected {size[0]} x {size[1]}", path
        )
    return pixels(table, path).astype(np.int64)


def pixels(table: NDArray[np.floating], path: Path) -> NDArray[np.int16]:
    """Columns or rows of a map [H, W], rounded to pixels; those outside of the frame may become others outside of it.

    Raises:
        DataError: The map has values that aren't finite.
    """
    if not np.isfinite(table).all():
        raise DataError("the rectification map has non-finite values", path)
    return np.clip(np.rint(table), -1, max(table.shape)).astype(np.int16)
