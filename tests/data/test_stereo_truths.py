"""True disparities of stereo recordings as samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikegraph.data.mvsec import disparity_from_depth, open_recording
from spikegraph.data.sets import DataSets, data_sets
from spikegraph.data.stacks import StackSource, dequantise, quantise

from .conftest import Writer, declaration, recorded


def sample_sets(folder: Path, **changes: object) -> DataSets:
    return data_sets(declaration(source="sample", **changes), folder, seed=3)


def test_quantised_truth() -> None:
    disparity = np.array([[np.inf, 0.05, 1.0, 3.1, 36.42, 36.5]], dtype=np.float32)
    published = quantise(disparity)
    assert published.dtype == np.uint8
    assert published.tolist() == [[255, 0, 7, 22, 255, 255]]
    np.testing.assert_allclose(dequantise(published), [[np.inf, np.inf, 1, 22 / 7, np.inf, np.inf]], rtol=1e-6)
    assert dequantise(quantise(np.array([[36.28]], dtype=np.float32)))[0, 0] == pytest.approx(254 / 7)


def test_disparity_from_depth() -> None:
    depth = np.array([[2.0, np.nan, 0.0, -1.0, np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(disparity_from_depth(depth, 19.0), [[9.5, np.inf, np.inf, np.inf, np.inf]])


def test_truth_options(short_sample: Path) -> None:
    raw, quantised = sample_sets(short_sample), sample_sets(short_sample, truth="quantised")
    masked = sample_sets(short_sample, truth_mask="last_15000_events")
    a, b, c = (s.test.sample(0).target[0] for s in (raw, quantised, masked))
    both = np.isfinite(a) & np.isfinite(b)
    assert np.abs(a[both] - b[both]).max() <= 1 / 14 + 1e-5
    np.testing.assert_allclose(b[both] * 7, (b[both] * 7).round(), atol=1e-4)
    kept = np.isfinite(c)
    assert 2000 < kept.sum() <= 15_000
    np.testing.assert_array_equal(a[kept], c[kept])
    assert (raw.notes, quantised.notes) == ((), ("the ground truth is quantised to 1/7 px, as published",))
    assert masked.notes == ("the ground truth is restricted to the pixels of the last 15,000 events",)
    with open_recording(short_sample, "sample") as recording:
        last = recording.last_events("left", recording.depth_times[32], 15_000)
    seen = np.zeros((260, 346), bool)
    seen[last.y, last.x] = True
    np.testing.assert_array_equal(kept, seen & np.isfinite(a))


def test_focal_baseline_can_be_another(write_recording: Writer) -> None:
    folder = write_recording("walk", frames=20)
    sets = [data_sets(declaration(sequence="walk", focal_baseline=fb), folder, 0) for fb in (10.0, 20.0)]
    made = [each.train.sample(0).target for each in sets]
    finite = np.isfinite(made[0])
    np.testing.assert_allclose(made[0][finite] * 2, made[1][finite], rtol=1e-5)


def test_only_the_sample_is_kept_in_memory(short_sample: Path, write_recording: Writer) -> None:
    kept = recorded(sample_sets(short_sample).train).recordings["sample"]
    assert kept.stack("left", 5) is kept.stack("left", 5)
    with open_recording(write_recording("walk", frames=2), "walk") as recording:
        read = StackSource(recording, 0.05, 5)
        assert read.stack("left", 0) is not read.stack("left", 0)
