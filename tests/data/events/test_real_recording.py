"""A real recording of a DAVIS346 through every writer and reader, to a sample."""

from pathlib import Path

import aedat
import faery
import h5py
import numpy as np
import pytest

from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

REAL = Path(__file__).with_name("davis346.npz")
SIZE = (260, 346)


def columns(path):
    blocks = list(open_events(path).blocks())
    return [np.concatenate(column) for column in zip(*blocks, strict=True)]


@pytest.fixture(scope="module")
def real():
    with np.load(REAL) as held:
        return [held[name] for name in ("x", "y", "t_us", "on")]


@pytest.fixture(scope="module")
def as_aedat4(real, tmp_path_factory):
    """The events as faery writes them."""
    events = np.zeros(len(real[0]), faery.EVENTS_DTYPE)
    events["t"], events["x"], events["y"], events["p"] = real[2], real[0], real[1], real[3]
    path = tmp_path_factory.mktemp("real") / "real.aedat4"
    faery.events_stream_from_array(events, (SIZE[1], SIZE[0])).to_file(path)
    return path


def test_the_file_has_what_a_sensor_gives(real):
    x, y, t, on = real
    assert (x.max() < 346, y.max() < 260, len(x)) == (True, True, 20_000)
    assert np.all(np.diff(t) >= 0) and 0.1 < on.mean() < 0.9


def test_the_reader_of_arrays(real):
    for found, expected in zip(columns(REAL), real, strict=True):
        assert np.array_equal(found, expected)


def test_aedat4_against_another_reader(real, as_aedat4):
    packets = [packet["events"] for packet in aedat.Decoder(str(as_aedat4)) if "events" in packet]
    other = np.concatenate(packets)
    for found, name, expected in zip(columns(as_aedat4), ("x", "y", "t", "on"), real, strict=True):
        assert np.array_equal(found, other[name]) and np.array_equal(found, expected)


def test_dsec_and_mvsec(real, tmp_path):
    x, y, t, on = real
    with h5py.File(tmp_path / "dsec.h5", "w") as file:
        for name, column in zip("xytp", (x, y, t, on.astype(np.uint8)), strict=True):
            file.create_dataset(f"events/{name}", data=column, compression="gzip")
        file["t_offset"] = 1_000_000
    with h5py.File(tmp_path / "mvsec.hdf5", "w") as file:
        file["davis/left/events"] = np.stack([x, y, 1.5e9 + t / 1e6, np.where(on, 1.0, -1.0)], axis=1)
    for name, shift in (("dsec.h5", 1_000_000), ("mvsec.hdf5", 1_500_000_000_000_000)):
        found = columns(tmp_path / name)
        assert [np.array_equal(a, b) for a, b in zip(found, (x, y, t.astype(np.int64) + shift, on), strict=True)] == [True] * 4


def test_the_sample_has_every_event_at_its_place(real, as_aedat4):
    x, y, t, on = (column.astype(np.int64) for column in real)
    encoded = Coding("counts", Slicing(7), size=(130, 173)).encoded(open_events(as_aedat4))
    expected = np.zeros((7, 2, 130, 173), np.int64)
    span = t[-1] + 1 - t[0]
    for k in range(len(x)):
        expected[(t[k] - t[0]) * 7 // span, 1 - on[k], y[k] // 2, x[k] // 2] += 1
    assert np.array_equal(encoded, expected) and encoded.sum() == 20_000
