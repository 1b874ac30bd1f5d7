"""Images beside the events of recordings in MVSEC's layout, with numbers that are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.rectification import Rectification
from spikegraph.data.sets import DataSets, data_sets
from spikegraph.data.stereo_recording import Events

from .conftest import BEGIN, HEIGHT, WIDTH, Writer, declaration, recorded

FRAMES = 20
IMAGES = "davis/left/image_raw"


def pictures(count: int) -> np.ndarray:
    """Image m has (50 m + y + 2 x) mod 256 in row y and column x."""
    number, y, x = np.ogrid[:count, :HEIGHT, :WIDTH]
    return ((50 * number + y + 2 * x) % 256).astype(np.uint8)


def written(write: Writer, times: Sequence[float], images: Any = None, **more: Any) -> Path:
    """A recording whose true disparities are at 50 ms, 100 ms, ... and whose images are at these times in milliseconds."""
    stamps = BEGIN + np.array(times) / 1000
    held = pictures(len(times)) if images is None else images
    return write("corridor2", frames=FRAMES, count=2000, contents={IMAGES: held, f"{IMAGES}_ts": stamps, **more})


def sets_of(folder: Path, **keys: object) -> DataSets:
    asked = {"sequence": "corridor2", "images": "left", "steps": 2, "burn_in": 1, **keys}
    return data_sets(declaration(source="mvsec", **asked), folder, 0)


def numbers(frames: np.ndarray) -> list[int]:
    """The images that steps [T, 1, H, W] show, by the first pixel: 50 m."""
    return np.rint(frames[:, 0, 0, 0] * 255 / 50).astype(int).tolist()


def test_a_step_gets_the_last_image_that_is_not_later(write_recording: Writer) -> None:
    """The steps of the samples end at 0, 50, 100; 100, 150, 200; 200, 250, 300 ms."""
    folder = written(write_recording, [-10, 49, 100, 149.999, 150.001, *range(220, 1000, 30)])
    sets = sets_of(folder)
    first, second = (sets.train.sample(k) for k in (0, 1))
    assert first.inputs["frame"].shape == (3, 1, HEIGHT, WIDTH)
    assert first.inputs["frame"].dtype == np.float32
    assert numbers(first.inputs["frame"]) == [0, 1, 2]
    assert numbers(second.inputs["frame"]) == [2, 3, 4]
    np.testing.assert_allclose(
        second.inputs["frame"][1, 0], ((150 + np.add.outer(np.arange(260), 2 * np.arange(346))) % 256) / 255
    )
    assert sets.sample_type.told(sets.sample_type.inputs["frame"]) == "pixels [1, 260, 346]"
    without = sets_of(folder, images="none").train.sample(0)
    for side in ("left", "right"):
        np.testing.assert_array_equal(first.inputs[side], without.inputs[side])


def test_samples_without_a_recent_image_are_left_out_and_counted(write_recording: Writer) -> None:
    """7 samples for training, of which those that end at 200, 300 and 400 ms have steps over 100 ms after 60 ms."""
    times = [-40, 20, 60, *range(310, 1000, 30)]
    folder = written(write_recording, times)
    sets = sets_of(folder)
    assert [window.first for window in recorded(sets.train).windows] == [0, 8, 10, 12]
    assert (
        "3 of 7 training samples are left out: a time step has no image that is recent enough; "
        "a longer `image_age` in the data set keeps more"
    ) in sets.notes
    assert [window.first for window in recorded(sets_of(folder, image_age="250ms").train).windows] == [
        0, 2, 4, 6, 8, 10, 12,
    ]  # fmt: skip


def test_no_image_is_recent_enough(write_recording: Writer) -> None:
    with pytest.raises(DataError) as caught:
        sets_of(written(write_recording, [2000, 2050]))
    assert caught.value.summary == "in each of the 7 training samples a time step has no image that is recent enough"
    assert caught.value.help == "a longer `image_age` in the data set keeps more"
    assert caught.value.path is not None
    assert caught.value.path.name == "corridor2_data.hdf5"


@pytest.mark.parametrize(
    ("times", "images", "message"),
    [
        ([0, 40], np.zeros((2, HEIGHT, WIDTH), np.float32), "`{}` has numbers of the type float32, not uint8"),
        ([0, 40], np.zeros((3, HEIGHT, WIDTH), np.uint8), "{} has 3 images and {}_ts 2 time stamps"),
        ([40, 0], None, "{}_ts isn't ascending: frame 1 isn't later than the previous one"),
        ([0, 40], np.zeros((2, HEIGHT), np.uint8), "`{}` has the shape [2, 260], expected [any, 260, 346]"),
    ],
)  # fmt: skip
def test_images_of_another_form(write_recording: Writer, times: list[float], images: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        sets_of(written(write_recording, times, images))
    assert caught.value.summary == message.replace("{}", IMAGES)
    assert caught.value.path is not None
    assert caught.value.path.name == "corridor2_data.hdf5"


def test_both_cameras_have_an_input_each(write_recording: Writer) -> None:
    """The right camera has other images, and none for the step that ends at 550 ms, of the window from 10 on."""
    stamps = BEGIN + np.array([*range(-45, 500, 30), *range(560, 1000, 30)]) / 1000
    right = {"davis/right/image_raw": 255 - pictures(len(stamps)), "davis/right/image_raw_ts": stamps}
    folder = written(write_recording, range(-20, 1000, 30), **right)
    sets = sets_of(folder, images="both", image_age="45ms")
    found = sets.train.sample(1).inputs
    assert list(found) == ["left", "right", "frame_left", "frame_right"]
    left, right = (sets_of(folder, images=side).train.sample(1).inputs["frame"] for side in ("left", "right"))
    assert not np.array_equal(left, right)
    np.testing.assert_array_equal(found["frame_left"], left)
    np.testing.assert_array_equal(found["frame_right"], right)
    assert [window.first for window in recorded(sets.train).windows] == [0, 2, 4, 6, 8, 12]


def test_a_recording_without_images(write_recording: Writer) -> None:
    folder = write_recording("corridor2", frames=FRAMES, count=2000, contents={IMAGES: None, f"{IMAGES}_ts": None})
    with pytest.raises(DataError) as caught:
        sets_of(folder)
    assert caught.value.summary == "there is no `davis/left/image_raw`"
    assert caught.value.help == "leave `images` out of the data set, or use a recording with images"


def test_a_pixel_shows_what_its_events_were_of() -> None:
    """Maps that enlarge by 1.4: rounding leaves gaps, which show a pixel beside them; the last column is seen by none."""
    y, x = np.mgrid[:4, :6]
    maps = Rectification(np.rint(1.4 * x).astype(int), y - 1)
    image = (10.0 * y + x)[None].astype(np.float32)
    found = maps.image(image)[0]
    for row, column in np.ndindex(4, 6):
        new_x, new_y, kept = maps.apply(np.array([column]), np.array([row]))
        if kept.all():
            assert found[new_y[0], new_x[0]] == image[0, row, column]
    # Columns 0, 1, 3, 4 and 6 (which is outside) are the camera's 0, 1, 2, 3 and 4; the gaps take what is on their left.
    assert found[:3].tolist() == [[10 * k + c for c in (0, 1, 1, 2, 3, 3)] for k in (1, 2, 3)]
    assert found[3].tolist() == [30, 31, 31, 32, 33, 33]  # below the last row: what the row above shows
    far = Rectification(np.minimum(x, 1), y).image(image)[0]
    assert far[0].tolist() == [0, 5, 5, 0, 0, 0]


def test_images_are_rectified_as_events_are(write_recording: Writer) -> None:
    """A pixel of its own brightness, and an event at it: both come to the same place."""
    images = np.zeros((6, HEIGHT, WIDTH), np.uint8)
    images[:, 100, 200] = 255
    folder = written(write_recording, [-10, 40, 90, 140, 190, 240], images)
    with h5py.File(folder / "corridor2_data.hdf5", "r+") as file:
        del file["davis/left/events"]
        t = BEGIN + 0.01 + 0.02 * np.arange(50)
        file["davis/left/events"] = np.stack([np.full(50, 200.0), np.full(50, 100.0), t, np.ones(50)], axis=1)
    grid = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    for side in ("left", "right"):
        for axis, pixels, shift in zip("xy", grid, (3.4, -7.0), strict=True):
            np.savetxt(folder / f"corridor2_{side}_{axis}_map.txt", pixels + shift, fmt="%.1f")
    sample = sets_of(folder, steps=1, burn_in=0, image_age="1s").train.sample(1)
    assert np.argwhere(sample.inputs["left"][0].any(0)).tolist() == [[93, 203]]
    assert np.argwhere(sample.inputs["frame"][0, 0]).tolist() == [[93, 203]]


def test_geometry_moves_images_and_events_alike(write_recording: Writer) -> None:
    """Every pixel of the image tells its row and column modulo 256, so that it shows where the crop was cut."""
    sets = sets_of(written(write_recording, range(-20, 1000, 30)), augment="[random_crop([96, 132])]")
    plain, places = sets.train.plain(), set[tuple[int, int]]()
    for epoch in range(3):
        sets.train.set_epoch(epoch)
        found, whole = sets.train.sample(2), plain.sample(2)
        assert found.inputs["frame"].shape == (3, 1, 96, 132)
        cut = [
            (top, left)
            for top, left in np.ndindex(HEIGHT - 95, WIDTH - 131)
            if found.inputs["frame"][0, 0, 0, 0] == whole.inputs["frame"][0, 0, top, left]
            and np.array_equal(found.inputs["left"], whole.inputs["left"][..., top : top + 96, left : left + 132])
        ]
        ((top, left),) = cut
        np.testing.assert_array_equal(found.inputs["frame"], whole.inputs["frame"][..., top : top + 96, left : left + 132])
        places.add((top, left))
    assert len(places) > 1


def test_the_built_in_recording_has_images_of_what_moves(short_sample: Path) -> None:
    """Between two images a pixel that became brighter has positive events, one that became darker negative ones."""
    sets = data_sets(declaration(source="sample", images="left", steps=1, burn_in=0, stride=1), short_sample, 0)
    source = recorded(sets.train).recordings["sample"]
    with h5py.File(short_sample / "sample_data.hdf5") as file:
        times, images = file[f"{IMAGES}_ts"][:], file[IMAGES][:].astype(float)
    assert len(images) == 51  # 25 in a second, for 2 s
    np.testing.assert_allclose(np.diff(times), 0.04, atol=1e-6)
    events: Events = source.recording.events("left", times[10], times[11])
    change = np.log(images[11] + 5) - np.log(images[10] + 5)
    agree = np.sign(change[events.y, events.x]) == events.p
    assert len(events.t) > 3000
    assert agree.mean() > 0.85
