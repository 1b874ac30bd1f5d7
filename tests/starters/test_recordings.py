"""The example recordings: what was written is what this package's reader and another program read."""

import numpy as np
import pytest

from spikegraph.data.events.blocks import Block
from spikegraph.data.events.formats import open_events
from spikegraph.starters.example_recordings import DIRECTIONS, write_evt2, write_recordings

TIMES = (0, 5, 63, 64, 64, 2**20, 2**30 + 7)
"""Microseconds, with the bits of the events' words and of the words of the time; the last needs 31 bits."""


def test_events_are_read_as_they_were_written(tmp_path):
    faery = pytest.importorskip("faery")
    x, y = np.array([0, 31, 3, 4, 5, 6, 7]), np.array([31, 0, 9, 8, 7, 6, 5])
    events = Block(x, y, np.array(TIMES), np.array([True, False, True, True, False, False, True]))
    write_evt2(tmp_path / "a.raw", events)
    file = open_events(tmp_path / "a.raw")
    assert file.size() == (32, 32)
    (block,) = file.blocks()
    stream = faery.events_stream_from_file(str(tmp_path / "a.raw"))
    assert stream.dimensions() == (32, 32)
    theirs = stream.to_array()
    for name, ours, other in zip(("x", "y", "t", "on"), block, (theirs[key] for key in ("x", "y", "t", "on")), strict=True):
        written = np.asarray(getattr(events, name)).astype(np.int64)
        np.testing.assert_array_equal(ours.astype(np.int64), written)
        np.testing.assert_array_equal(np.asarray(other).astype(np.int64), written)


def test_shapes_move_as_their_class_says(tmp_path):
    """Light increases ahead of the shape and decreases behind it, so the one kind of events lies on the side of the other."""
    write_recordings(tmp_path, np.random.default_rng(1))
    for name, direction in DIRECTIONS.items():
        for path in sorted((tmp_path / "recordings" / name).iterdir())[:5]:
            (block,) = open_events(path).blocks()
            assert (np.diff(block.t) >= 0).all()
            ahead = [_mean_shift(block, window) for window in np.array_split(np.arange(len(block.t)), 60)]
            assert np.dot(np.mean(ahead, axis=0), direction) > 2


def _mean_shift(block, window):
    """Mean way from events of decreasing to those of increasing light, in rows and columns, around the sensor's border."""
    on = block.on[window]
    places = np.stack([block.y[window], block.x[window]], 1).astype(int)
    ways = places[on][:, None] - places[~on][None]
    return ((ways + 16) % 32 - 16).mean(axis=(0, 1)) if ways.size else np.zeros(2)
