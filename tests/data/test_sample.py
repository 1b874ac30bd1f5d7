from __future__ import annotations

import hashlib
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.base.cache import cache_folder
from spikegraph.data.built_in_recording import sample_folder, write_sample
from spikegraph.data.motion import pose
from spikegraph.data.mvsec import open_recording
from spikegraph.data.scene import fill_from_background, load_scene, splat
from spikegraph.data.sets import data_sets
from spikegraph.data.simulate import Pixels
from spikegraph.data.stacks import StackSource
from spikegraph.tasks.block_matching import block_match
from spikegraph.tasks.disparity_baselines import block_matcher, constant_guess

from .conftest import declaration, labelled_frames


def digests(folder: Path) -> list[str]:
    return [hashlib.sha256((folder / f"sample_{part}.hdf5").read_bytes()).hexdigest() for part in ("data", "gt")]


def test_the_same_bytes_on_every_run(short_recording: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, duration_s=0.5)
    assert digests(tmp_path) == digests(short_recording)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sample_data.hdf5", "sample_gt.hdf5"]


def test_the_sample_describes_itself(short_sample: Path) -> None:
    with h5py.File(short_sample / "sample_data.hdf5") as file:
        assert "Real images, simulated events" in file.attrs["origin"]
        assert bool(file.attrs["rectified"])
        assert file["davis/left/events"].dtype == np.float64
    with open_recording(short_sample, "sample") as recording:
        assert recording.notes == []


def test_rate_and_coverage(short_sample: Path) -> None:
    with open_recording(short_sample, "sample") as recording:
        assert len(recording.depth_times) == 40
        np.testing.assert_allclose(np.diff(recording.depth_times), 0.05, atol=1e-6)
        for side in ("left", "right"):
            assert 200_000 < len(recording.rows(side)) / 2.0 < 450_000
        source = StackSource(recording, 0.05, 5)
        for k in (0, 17, 39):
            disparity = source.disparity(k)
            valid = disparity[np.isfinite(disparity)]
            assert 0.9 < valid.size / disparity.size < 0.96
            assert 3.5 < valid.min() < 6
            assert 30 < valid.max() < 34.5


def test_left_and_right_truth_agree(short_sample: Path) -> None:
    with h5py.File(short_sample / "sample_gt.hdf5") as file:
        left, right = (file[f"davis/{side}/depth_image_rect"][25] for side in ("left", "right"))
    d = 19.941772 / left
    y, x = np.nonzero(np.isfinite(d))
    target = np.rint(x - d[y, x]).astype(int)
    inside = target >= 0
    seen = 19.941772 / right[y[inside], target[inside]]
    difference = np.abs(seen - d[y, x][inside])
    both = np.isfinite(difference)
    assert both.mean() > 0.8
    # Pixels that are occluded in the right view differ; the others agree up to rounding to a pixel.
    assert (difference[both] < 1).mean() > 0.9
    assert np.median(difference[both]) < 0.1


def test_events_of_both_cameras_meet_at_the_truth(short_sample: Path) -> None:
    with open_recording(short_sample, "sample") as recording:
        source = StackSource(recording, 0.05, 1)
        left, right, disparity = source.stack("left", 30)[0], source.stack("right", 30)[0], source.disparity(30)
    y, x = np.nonzero((left != 0) & np.isfinite(disparity))
    target = np.rint(x - disparity[y, x]).astype(int)
    agreement: dict[int, float] = {}
    for offset in (-6, -3, 0, 3, 6):
        column = target + offset
        inside = (column >= 0) & (column < 346)
        agreement[offset] = float(np.mean(left[y, x][inside] * right[y[inside], column[inside]]))
    assert agreement[0] > 0.2
    assert all(agreement[0] > 4 * abs(value) for offset, value in agreement.items() if offset)


def test_block_matching_beats_the_constant_on_it(short_sample: Path) -> None:
    with open_recording(short_sample, "sample") as recording:
        source = StackSource(recording, 0.05, 5)
        left, right = (np.concatenate([source.stack(side, k) for k in (18, 19, 20)]) for side in ("left", "right"))
        truth = source.disparity(20)
    valid = np.isfinite(truth)
    error = np.abs(block_match(left, right, 36) - truth)[valid]
    constant = np.abs(truth[valid] - np.median(truth[valid]))
    assert np.median(error) < 1.8
    assert np.median(error) < np.median(constant) / 2
    assert error.mean() < constant.mean()


def test_no_pose_comes_back() -> None:
    """The last fifth of the recording resembles the rest without repeating it."""

    def at(time: float) -> np.ndarray:
        return np.array([*pose(time).rotation, *(20 * v for v in pose(time).translation)])

    times = np.arange(0, 10, 0.05)
    poses = np.stack([at(t) for t in times])
    seen, held_out = poses[times < 7.5], poses[times >= 8]
    nearest = np.linalg.norm(held_out[:, None] - seen[None], axis=2).min(axis=1)
    assert nearest.min() > 0.3  # px
    assert np.median(nearest) > 0.8
    assert (np.ptp(held_out, axis=0) > 0.3 * np.ptp(seen, axis=0)).all()


def test_scene_is_consistent() -> None:
    left, right = load_scene()
    assert left.luminance.shape == right.luminance.shape == left.disparity.shape == (280, 414)
    assert 0 <= left.luminance.min() < left.luminance.max() <= 1
    assert left.measured.mean() == pytest.approx(0.927, abs=0.005)
    y, x = np.nonzero(left.measured)
    target = np.rint(x - left.disparity[y, x]).astype(int)
    inside = target >= 0
    warped = np.abs(right.luminance[y[inside], target[inside]] - left.luminance[y, x][inside]).mean()
    unwarped = np.abs(right.luminance - left.luminance).mean()
    assert warped < unwarped / 2.5


def test_splat_and_filling() -> None:
    disparity = np.array([[1, 1, 1, 3, 3, 1, 1]], dtype=np.float32)
    right = splat(disparity)  # columns 0..6 land on -1, 0, 1, 0, 1, 4, 5: the nearer 3 covers the 1
    np.testing.assert_array_equal(right, np.array([[3, 3, np.nan, np.nan, 1, 1, np.nan]], dtype=np.float32))
    np.testing.assert_array_equal(fill_from_background(right), [[3, 3, 1, 1, 1, 1, 1]])
    with pytest.raises(ValueError, match="no known value"):
        fill_from_background(np.full((1, 3), np.nan, dtype=np.float32))


def test_a_pixel_fires_once_a_threshold() -> None:
    random = np.random.default_rng(0)
    pixels = Pixels(np.zeros((1, 1), np.float32), random)
    threshold, reference = float(pixels._threshold[0]), float(pixels._reference[0])
    pixel, part, sign = pixels.see(np.full((1, 1), 2.0, np.float32))
    expected = [(reference + n * threshold) / 2 for n in range(1, 20) if reference + n * threshold <= 2]
    np.testing.assert_allclose(part, expected, rtol=1e-5)
    assert sign.tolist() == [1] * len(expected)
    assert pixel.tolist() == [0] * len(expected)
    _, part, sign = pixels.see(np.full((1, 1), 2.0, np.float32))
    assert part.size == 0
    _, _, sign = pixels.see(np.zeros((1, 1), np.float32))
    assert set(sign.tolist()) == {-1}


def test_the_cache_is_used(tmp_path: Path) -> None:
    folder = sample_folder(tmp_path, duration_s=0.2)
    assert folder.is_relative_to(tmp_path / "sample")
    before = [p.stat().st_mtime_ns for p in sorted(folder.iterdir())]
    assert sample_folder(tmp_path, duration_s=0.2) == folder
    assert [p.stat().st_mtime_ns for p in sorted(folder.iterdir())] == before
    (folder / "sample_gt.hdf5").unlink()
    sample_folder(tmp_path, duration_s=0.2)
    assert (folder / "sample_gt.hdf5").is_file()
    assert sample_folder(tmp_path, duration_s=0.1) != folder


@pytest.mark.parametrize("part", ["data", "gt"])
def test_a_damaged_recording_is_made_again(tmp_path: Path, part: str) -> None:
    folder = sample_folder(tmp_path, duration_s=0.1)
    before, path, notes = digests(folder), folder / f"sample_{part}.hdf5", list[str]()
    path.write_bytes(path.read_bytes()[:5000])
    sample_folder(tmp_path, duration_s=0.1, notes=notes)
    assert digests(folder) == before
    assert notes[0].startswith(f"the built-in recording in the cache was damaged, so it was made again: {path}: ")
    sample_folder(tmp_path, duration_s=0.1, notes=notes)
    assert len(notes) == 1


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "spikegraph"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "spikegraph"


def test_a_failed_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_sample(tmp_path, duration_s=0.1)
    assert caught.value.filename == str(tmp_path / "sample_data.hdf5")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError):
        write_sample(tmp_path / "taken", duration_s=0.1)


@pytest.mark.parametrize("duration", [0.0, 100.0])
def test_durations_out_of_range(tmp_path: Path, duration: float) -> None:
    with pytest.raises(ValueError, match=r"between 0\.1 s and 60\.0 s"):
        write_sample(tmp_path, duration)


@pytest.mark.slow
def test_the_whole_sample() -> None:
    """The baselines on the test part, which a trained network must beat; the recording is the one that other tests train on."""
    sets = data_sets(declaration(source="sample"), sample_folder(), 0)
    assert [len(s) for s in (sets.train, sets.validation, sets.test)] == [25, 2, 7]
    assert labelled_frames(sets.test) == 40
    constant, matched = constant_guess(sets.test, sets.about), block_matcher(sets.test, sets.about)
    assert constant.metrics()["mean_disparity_error_px"] == pytest.approx(7.74, abs=0.2)
    assert matched.metrics()["mean_disparity_error_px"] == pytest.approx(4.2, abs=0.3)
