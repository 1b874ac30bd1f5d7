"""Every invalid file raises a `DataError` with a message in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import sorted_rows
from spikegraph.data.mvsec import open_recording
from spikegraph.data.stacks import StackSource

from .conftest import BEGIN, HEIGHT, WIDTH, Writer, events

NAME = "corridor2"


def message(folder: Path) -> str:
    """The error message on opening a recording and reading all of its stacks and truths."""
    with pytest.raises(DataError) as caught, open_recording(folder, NAME) as recording:
        source = StackSource(recording, 0.05, 5)
        for k in range(len(source)):
            source.stack("left", k)
            source.stack("right", k)
            source.disparity(k)
    text = str(caught.value)
    assert "\n" not in text
    return text.replace(f"{folder}/", "")


def test_the_error_is_one_line_with_path_and_help() -> None:
    error = DataError("two\n lines", Path("a/b"), "do\nthis")
    assert str(error) == "a/b: two lines (help: do this)"
    assert (error.path, error.summary, error.help) == (Path("a/b"), "two lines", "do this")
    assert str(DataError("alone")) == "alone"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such folder"):
        open_recording(tmp_path / "nowhere", NAME)


@pytest.mark.parametrize("suffix", ["data", "gt"])
def test_missing_file(write_recording: Writer, suffix: str) -> None:
    folder = write_recording("other")
    write_recording(NAME)
    (folder / f"{NAME}_{suffix}.hdf5").unlink()
    assert message(folder) == (
        f"{NAME}_{suffix}.hdf5: this file of the recording `{NAME}` is missing (help: the folder has corridor2, other)"
    )


def test_missing_file_in_an_empty_folder(tmp_path: Path) -> None:
    assert message(tmp_path).endswith("(help: the folder has no recording in MVSEC's layout)")


def table(change: Callable[[np.ndarray], None]) -> dict[str, np.ndarray]:
    made = events(2000, 1.0, 4)
    change(made)
    return {"davis/left/events": made}


def swap(made: np.ndarray) -> None:
    made[700, 2], made[701, 2] = made[701, 2] + 0.001, made[700, 2]


def set_value(row: int, column: int, value: float) -> Callable[[np.ndarray], None]:
    def change(made: np.ndarray) -> None:
        made[row, column] = value

    return change


CASES = {
    "no events": (
        {"davis/left/events": None},
        "corridor2_data.hdf5: there is no `davis/left/events` (help: `davis/left` holds image_raw_ts)",
    ),
    "no camera": (
        {"davis/left/events": None, "davis/left/image_raw_ts": None},
        "corridor2_data.hdf5: there is no `davis/left/events` (help: `davis` holds right)",
    ),
    "nothing": (
        dict.fromkeys(
            [
                "davis/left/events",
                "davis/left/image_raw_ts",
                "davis/right/events",
                "davis/right/imu",
                "davis/right/image_raw",
                "velodyne/scans",
            ]
        ),
        "corridor2_data.hdf5: there is no `davis/left/events` (help: the file is empty)",
    ),
    "group for data set": (
        {"davis/left/events": None, "davis/left/events/x": np.zeros(3)},
        "corridor2_data.hdf5: `davis/left/events` is a group, not a data set",
    ),
    "three columns": (
        {"davis/right/events": np.zeros((7, 3))},
        "corridor2_data.hdf5: `davis/right/events` has the shape [7, 3], expected [any, 4]",
    ),
    "one axis": (
        {"davis/right/events": np.zeros(28)},
        "corridor2_data.hdf5: `davis/right/events` has the shape [28], expected [any, 4]",
    ),
    "text": ({"davis/right/events": np.full((2, 4), b"x")}, "corridor2_data.hdf5: `davis/right/events` holds |S1, not numbers"),
    "unsorted": (
        table(swap),
        "corridor2_data.hdf5: left events are not sorted by time: row 701 is earlier than the previous one",
    ),
    "no time stamp": (table(set_value(50, 2, np.nan)), "corridor2_data.hdf5: left events: row 50 has no time stamp"),
    "first time stamp": (table(set_value(0, 2, np.inf)), "corridor2_data.hdf5: left events: row 0 has no time stamp"),
    "x out of frame": (
        table(lambda t: t.__setitem__((3, slice(0, 2)), (346, 7))),
        "corridor2_data.hdf5: left events: row 3 lies at x = 346, y = 7, outside the 346 x 260 frame",
    ),
    "y out of frame": (
        table(lambda t: t.__setitem__((3, slice(0, 2)), (5, -1))),
        "corridor2_data.hdf5: left events: row 3 lies at x = 5, y = -1, outside the 346 x 260 frame",
    ),
    "x is no number": (
        table(lambda t: t.__setitem__((3, slice(0, 2)), (np.nan, 2))),
        "corridor2_data.hdf5: left events: row 3 lies at x = nan, y = 2, outside the 346 x 260 frame",
    ),
    "polarity": (table(set_value(9, 3, 0)), "corridor2_data.hdf5: left events: row 9 has polarity 0; it must be -1 or +1"),
    "no depth": (
        {"gt:davis/left/depth_image_rect": None},
        "corridor2_gt.hdf5: there is no `davis/left/depth_image_rect` (help: `davis/left` holds depth_image_rect_ts, odometry)",
    ),
    "no depth times": (
        {"gt:davis/left/depth_image_rect_ts": None},
        "corridor2_gt.hdf5: there is no `davis/left/depth_image_rect_ts` (help: `davis/left` holds depth_image_rect, odometry)",
    ),
    "size of depth": (
        {"gt:davis/left/depth_image_rect": np.zeros((20, 100, 346), np.float32)},
        "corridor2_gt.hdf5: `davis/left/depth_image_rect` has the shape [20, 100, 346], expected [any, 260, 346]",
    ),
    "count of depth": (
        {"gt:davis/left/depth_image_rect": np.zeros((3, HEIGHT, WIDTH), np.float32)},
        "corridor2_gt.hdf5: davis/left/depth_image_rect has 3 frames and davis/left/depth_image_rect_ts 20 time stamps",
    ),
    "no depth frame": (
        {"gt:davis/left/depth_image_rect": np.zeros((0, HEIGHT, WIDTH)), "gt:davis/left/depth_image_rect_ts": np.zeros(0)},
        "corridor2_gt.hdf5: davis/left/depth_image_rect has no frame",
    ),
    "unsorted depth": (
        {"gt:davis/left/depth_image_rect_ts": BEGIN + 0.05 * np.array([1, 2, 3, 3, *range(5, 21)])},
        "corridor2_gt.hdf5: davis/left/depth_image_rect_ts isn't ascending: frame 3 isn't later than the previous one",
    ),
    "depth without time": (
        {"gt:davis/left/depth_image_rect_ts": np.array([0.0, np.nan, *range(2, 20)])},
        "corridor2_gt.hdf5: davis/left/depth_image_rect_ts: frame 1 has no time stamp",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_contents(write_recording: Writer, case: str) -> None:
    contents, expected = CASES[case]
    assert message(write_recording(NAME, contents=contents)) == expected


def test_unsorted_between_blocks(write_recording: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_rows, "BLOCK", 100)
    made = events(2000, 1.0, 4)
    made[1000:, 2] -= 0.01  # rows 1000 and on are in other blocks than those before
    folder = write_recording(NAME, contents={"davis/left/events": made})
    assert message(folder) == (
        "corridor2_data.hdf5: left events are not sorted by time: row 1000 is earlier than the previous one"
    )


@pytest.mark.parametrize("suffix", ["data", "gt"])
def test_truncated_file(write_recording: Writer, suffix: str) -> None:
    folder = write_recording(NAME)
    path = folder / f"{NAME}_{suffix}.hdf5"
    path.write_bytes(path.read_bytes()[:-1000])
    assert message(folder) == f"{path.name}: the HDF5 file is truncated (help: copy or download it again)"


def test_empty_file(write_recording: Writer) -> None:
    folder = write_recording(NAME)
    (folder / f"{NAME}_gt.hdf5").write_bytes(b"")
    assert message(folder) == "corridor2_gt.hdf5: the file is empty (help: copy or download it again)"


def test_not_hdf5(write_recording: Writer) -> None:
    folder = write_recording(NAME)
    (folder / f"{NAME}_data.hdf5").write_bytes(b"<html>no such page</html>" * 100)
    assert message(folder).startswith("corridor2_data.hdf5: this is not an HDF5 file (")


def test_damaged_chunk(write_recording: Writer) -> None:
    folder = write_recording(NAME, contents={"davis/left/events": None})
    path = folder / f"{NAME}_data.hdf5"
    with h5py.File(path, "a") as file:
        made = file.create_dataset(
            "davis/left/events", data=events(20_000, 1.0, 4), chunks=(20_000, 4), compression="gzip", fletcher32=True
        )
        chunk = made.id.get_chunk_info(0)
    raw = bytearray(path.read_bytes())
    raw[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(raw)
    assert message(folder).startswith("corridor2_data.hdf5: left events: rows from 0 on can't be read: ")


def test_damaged_depth(write_recording: Writer) -> None:
    folder = write_recording(NAME)
    path = folder / f"{NAME}_gt.hdf5"
    with h5py.File(path, "a") as file:
        images = file["davis/left/depth_image_rect"][:]
        del file["davis/left/depth_image_rect"]
        made = file.create_dataset(
            "davis/left/depth_image_rect", data=images, chunks=(1, HEIGHT, WIDTH), compression="gzip", fletcher32=True
        )
        chunk = made.id.get_chunk_info(4)
    raw = bytearray(path.read_bytes())
    raw[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(raw)
    assert message(folder).startswith("corridor2_gt.hdf5: depth frame 4 can't be read: ")


def write_maps(folder: Path, *, without: str = "", rows: int = HEIGHT, text: str | None = None) -> None:
    for side in ("left", "right"):
        for axis in "xy":
            if f"{side}_{axis}" != without:
                path = folder / f"{NAME}_{side}_{axis}_map.txt"
                np.savetxt(path, np.zeros((rows, WIDTH)), fmt="%.0f")
                if text is not None:
                    path.write_text(text)


@pytest.mark.parametrize(
    ("maps", "expected"),
    [
        ({"without": "right_y"}, "corridor2_right_y_map.txt: this rectification map is missing, but others exist"),
        ({"rows": 3}, "corridor2_left_x_map.txt: the rectification map has 3 x 346 values, expected 260 x 346"),
        ({"text": "1 2\n3 four\n"}, "corridor2_left_x_map.txt: the rectification map isn't a table of numbers: "),
        ({"text": ""}, "corridor2_left_x_map.txt: the rectification map isn't a table of numbers: "),
        (
            {"text": "\n".join([" ".join(["nan"] * WIDTH)] * HEIGHT)},
            "corridor2_left_x_map.txt: the rectification map has non-finite values",
        ),
    ],
)
def test_wrong_maps(write_recording: Writer, maps: dict[str, object], expected: str) -> None:
    folder = write_recording(NAME)
    write_maps(folder, **maps)  # pyright: ignore[reportArgumentType]
    assert message(folder).startswith(expected)


def test_no_such_depth_frame(write_recording: Writer) -> None:
    recording = open_recording(write_recording(NAME, frames=2), NAME)
    with recording, pytest.raises(DataError, match="there is no depth frame 2; there are 2"):
        recording.depth(2)
