"""`data check` of a folder in DSEC's layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest
from PIL import Image

from spikegraph.data import check_dsec
from spikegraph.data.check import check

from .dsec_files import OFFSET, raw_events, write_disparity, write_events, write_labels, write_sequence

LEFT = "events/left/events.h5"


def test_a_sound_folder(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    write_sequence(tmp_path, "thun_00_a", count=3000, how=dict(hdf5plugin.Blosc(cname="zstd")))
    write_labels(write_sequence(tmp_path, "zurich_city_00_a", disparities=6, count=3000, seed=1).folder)
    write_sequence(tmp_path, "interlaken_00_a", part="test", disparities=0, count=500)
    report = check(tmp_path)
    assert report.sound
    golden(report.text().replace(str(tmp_path), "DIR") + "\n", ".txt")


def test_the_numbers(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, "a", count=3000)
    (values,) = json.loads(json.dumps(check(tmp_path).json(), allow_nan=False))["sequences"]
    assert values["name"] == "train/a"
    left = values["cameras"][0]
    events = made.events["left"]
    span = float(events[-1, 2] - events[0, 2]) / 1e6
    assert (left["side"], left["events"]) == ("left", 3000)
    assert (left["begin_s"], left["end_s"]) == (events[0, 2] / 1e6, events[-1, 2] / 1e6)
    assert left["rate_per_s"] == pytest.approx(3000 / span)
    assert left["positive_percent"] == pytest.approx(events[:, 3].mean() * 100)
    moved = np.rint(made.maps["left"])
    kept = (moved >= 0).all(-1) & (moved[..., 0] < 640) & (moved[..., 1] < 480)
    assert left["kept_percent"] == pytest.approx(100 * kept.mean())
    (truth,) = values["truths"]
    assert (truth["kind"], truth["count"], truth["rate_hz"]) == ("disparities", 4, pytest.approx(10))
    assert truth["coverage_percent"] == pytest.approx(100 * (made.stored > 0).mean())
    known = made.stored[made.stored > 0]
    assert (truth["smallest"], truth["largest"]) == (known.min() / 256, known.max() / 256)


def test_all_problems_and_not_only_the_first(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, "a", count=1000).folder
    raw = raw_events(1000, 305_000, 0)
    raw[700, 0] = 700
    write_events(at / LEFT, raw)
    (at / "events/right/rectify_map.h5").unlink()
    write_disparity(at / "disparity/event/000004.png", np.zeros((480, 640), np.uint8))
    write_labels(at, classes=19)
    other = write_sequence(tmp_path, "b", disparities=3, count=100).folder
    (other / "events/right/events.h5").unlink()
    (other / "disparity/timestamps.txt").write_text("1\n2\n")
    write_sequence(tmp_path, "c", disparities=2, count=100)
    (tmp_path / "train/c" / LEFT).write_bytes(b"")
    report = check(tmp_path)
    first, second, third = report.sequences
    assert first.problems == (
        "events/right/rectify_map.h5: the rectification map is missing (it is in the same archive as the events)",
        f"{LEFT}: left events: event 700 lies at x = 700, y = {raw[700, 1]}, outside the 640 x 480 frame",
        "disparity/event/000004.png: the image is 8-bit grey; it must be 16-bit grey",
        f"11classes/000000.png: it has the label {strange(at)}; labels are 0 to 10, and 255 where there is none",
    )
    assert [(c.side, c.kept_percent) for c in first.cameras] == [("right", None)]
    assert second.problems == (
        "events/right/events.h5: no such file",
        "disparity/timestamps.txt: it has 2 time stamps, but `event` beside it has 3 disparities",
    )
    assert third.problems == (f"{LEFT}: the file is empty (copy or download it again)",)
    assert report.text().splitlines()[-1] == "not sound: 7 problems"


def strange(at: Path) -> int:
    values = np.array(Image.open(at / "11classes/000000.png")).ravel()
    return int(values[(values > 10) & (values < 255)][0])


@pytest.mark.parametrize("piece", [1 << 20, 64])
def test_the_index_is_compared_with_every_event(tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_dsec, "PIECE", piece)
    at = write_sequence(tmp_path, "a", count=1000).folder
    assert check(tmp_path).sound
    with h5py.File(at / LEFT, "a") as file:
        right = int(file["ms_to_idx"][200])
        file["ms_to_idx"][200] = right + 1
    assert check(tmp_path).sequences[0].problems == (
        f"{LEFT}: `ms_to_idx` has {right + 1} at 200 ms, but the first event that isn't earlier is {right}",
    )
    raw = raw_events(1000, 305_000, 0)
    raw[[127, 128], 2] = raw[[128, 127], 2] + [30, 0]
    write_events(at / LEFT, raw)
    assert check(tmp_path).sequences[0].problems == (
        f"{LEFT}: left events are not sorted by time: event 128 is earlier than the previous one",
    )


def test_a_clock_that_differs(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, "a", count=100).folder
    (at / "disparity/timestamps.txt").write_text("".join(f"{k + 5}\n" for k in range(4)))
    assert check(tmp_path).sequences[0].problems == (
        "no time of the disparities lies within that of the left events",
        "no time of the disparities lies within that of the right events",
    )
    assert OFFSET > 10


def test_only_the_left_camera(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, "a", disparities=6, count=500).folder
    write_labels(at)
    for name in ("events/right/events.h5", "events/right/rectify_map.h5"):
        (at / name).unlink()
    (at / "events/right").rmdir()
    (at / "disparity").rename(tmp_path / "kept")
    (report,) = check(tmp_path).sequences
    assert (report.problems, report.notes) == ((), ("no right camera, which stereo needs",))
    assert [t.kind for t in report.truths] == ["labels"]


def test_no_disparity_has_a_value(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, "a", disparities=2, count=100).folder
    for path in (at / "disparity/event").iterdir():
        write_disparity(path, np.zeros((480, 640), np.uint16))
    assert check(tmp_path).sequences[0].problems == ("disparity/event: no pixel has a disparity",)
