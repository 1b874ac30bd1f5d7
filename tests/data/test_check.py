from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.check import check

from .conftest import Writer, events


def test_the_sample_is_sound(short_sample: Path) -> None:
    report = check(short_sample)
    assert report.sound
    (recording,) = report.recordings
    assert recording.name == "sample"
    assert recording.rectification == "rectified"
    assert recording.problems == recording.notes == ()
    assert [e.side for e in recording.events] == ["left", "right"]
    assert all(e.duration_s == pytest.approx(2, abs=0.01) and 2e5 < e.rate_per_s < 4.5e5 for e in recording.events)
    assert recording.depth is not None
    assert recording.depth.count == 40
    assert recording.depth.rate_hz == pytest.approx(20, abs=0.01)
    assert 90 < recording.depth.coverage_percent < 96
    assert recording.depth.empty_frames == 0
    assert recording.files["sample_gt.hdf5"]["davis/left/depth_image_rect"] == [40, 260, 346]
    text = report.text()
    assert text.splitlines()[-1] == "sound"
    assert "Real images, simulated events" in text
    assert "depth: 40 frames in 1.95 s (20.0 Hz)" in text


def test_json(write_recording: Writer) -> None:
    folder = write_recording("hall", frames=4)
    values = json.loads(json.dumps(check(folder).json(), allow_nan=False))
    assert values["format_version"] == 1
    assert values["sound"] is True
    assert values["folder"] == str(folder)
    (recording,) = values["recordings"]
    assert recording["rectification"] == "none"
    assert recording["notes"] == ["no rectification maps found; assuming that the events are rectified"]
    assert recording["events"][0]["count"] == 20_000
    assert recording["depth"]["coverage_percent"] == pytest.approx(70, abs=1)


def test_all_problems_and_not_only_the_first(write_recording: Writer) -> None:
    left, right = events(2000, 1.0, 4), events(2000, 1.0, 5)
    left[[100, 101], 2] = left[[101, 100], 2] + [0.001, 0]
    right[7, 0] = 400
    right[8, 3] = 3
    contents = {"davis/left/events": left, "davis/right/events": right, "gt:davis/left/depth_image_rect_ts": None}
    folder = write_recording("hall", contents=contents)
    write_recording("attic", contents={"davis/right/events": None})
    (folder / "attic_gt.hdf5").unlink()
    report = check(folder)
    assert not report.sound
    attic, hall = report.recordings
    assert attic.problems == (
        "attic_gt.hdf5 is missing",
        "attic_data.hdf5: there is no `davis/right/events` (`davis/right` holds image_raw, imu)",
    )
    assert [e.side for e in attic.events] == ["left"]
    assert hall.problems == (
        "hall_data.hdf5: left events are not sorted by time: row 101 is earlier than the previous one",
        "hall_data.hdf5: right events: row 7 lies at x = 400, y = " + f"{right[7, 1]:g}, outside the 346 x 260 frame",
        "hall_gt.hdf5: there is no `davis/left/depth_image_rect_ts` (`davis/left` holds depth_image_rect, odometry)",
    )
    assert report.text().splitlines()[-1] == "not sound: 5 problems"
    assert json.loads(json.dumps(report.json()))["sound"] is False


def test_truncated_files_and_maps(write_recording: Writer) -> None:
    folder = write_recording("hall")
    path = folder / "hall_data.hdf5"
    path.write_bytes(path.read_bytes()[:5000])
    (folder / "hall_left_x_map.txt").write_text("1 2 3\n")
    (recording,) = check(folder).recordings
    assert recording.problems == (
        "hall_data.hdf5: the HDF5 file is truncated (copy or download it again)",
        "hall_left_y_map.txt: this rectification map is missing, but others exist",
    )
    assert recording.depth is not None


def test_depth_that_does_not_fit_the_events(write_recording: Writer) -> None:
    folder = write_recording("early", frames=4, contents={"gt:davis/left/depth_image_rect_ts": np.arange(1.0, 5.0)})
    (recording,) = check(folder).recordings
    assert recording.problems == ("no depth frame lies within the time range of the events",)


def test_depth_without_values(write_recording: Writer) -> None:
    blank = np.full((4, 260, 346), np.nan, np.float32)
    folder = write_recording("blank", frames=4, contents={"gt:davis/left/depth_image_rect": blank})
    (recording,) = check(folder).recordings
    assert recording.problems == ("blank_gt.hdf5: davis/left/depth_image_rect: no pixel has a depth",)
    assert recording.depth is not None
    assert recording.depth.nearest_m is None


def test_a_camera_without_events(write_recording: Writer) -> None:
    folder = write_recording("dark", frames=4, contents={"davis/left/events": np.zeros((0, 4))})
    (recording,) = check(folder).recordings
    assert recording.problems == ("dark_data.hdf5: there are no left events",)


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    report = check(tmp_path)
    assert not report.sound
    assert (
        report.problems[0]
        == "no recording in MVSEC's layout (files *_data.hdf5 and *_gt.hdf5), nor in DSEC's (train/SEQUENCE/events)"
    )
    assert report.text().splitlines()[-1] == "not sound: 3 problems"
    with pytest.raises(DataError, match="there is no such folder"):
        check(tmp_path / "nowhere")


def test_what_the_published_splits_lack(write_recording: Writer) -> None:
    report = check(write_recording("indoor_flying2", frames=4))
    assert report.sound
    assert report.notes == ("the published splits of indoor_flying need indoor_flying1, indoor_flying3 too",)
