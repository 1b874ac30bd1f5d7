"""SHD: the message for each thing that is missing or wrong, and lists that claim what the file doesn't have."""

import resource
import struct

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.published import read_published
from spikegraph.data.events.published_sets import PUBLISHED

from .published_files import write_shd

AGAIN = "copy or download it again"


def refused(folder):
    """The file, the message and the help."""
    with pytest.raises(DataError) as caught:
        read_published(PUBLISHED["shd"], folder, 0.2, 0)
    return caught.value.path.relative_to(folder).as_posix(), caught.value.summary, caught.value.help


@pytest.fixture
def shd(tmp_path):
    random = np.random.default_rng(0)
    recordings = [(np.sort(random.random(50)), random.integers(0, 700, 50)) for _ in range(4)]
    for name in ("shd_train.h5", "shd_test.h5"):
        write_shd(tmp_path / name, recordings, [0, 1, 2, 19])
    return tmp_path


def test_shd_is_packed(shd):
    (shd / "shd_test.h5").rename(shd / "shd_test.h5.gz")
    assert refused(shd) == ("shd_test.h5", "the file is missing", "unpack shd_test.h5.gz in this folder")


def edited(folder):
    return h5py.File(folder / "shd_train.h5", "a")


def _label(file):
    file["labels"][2] = 20


def _labels(file):
    del file["labels"]
    file["labels"] = [1, 2]


def _no_units(file):
    del file["spikes/units"]


def _plain(file):
    del file["spikes/times"]
    file["spikes/times"] = [0.5, 0.6, 0.7, 0.8]


def _texts(file):
    del file["spikes/times"]
    file["spikes/times"] = ["a", "b", "c", "d"]


def _short(file):
    file["spikes/units"][1] = np.arange(49, dtype=np.uint16)


@pytest.mark.parametrize(
    ("edit", "summary", "help"),
    [
        (_label, "recording 2: its label is 20, not from 0 to 19", AGAIN),
        (_labels, "it has 4 lists of times, 4 of units, and 2 labels", AGAIN),
        (_no_units, "there is no `spikes/units`", "`spikes` holds times"),
        (_plain, "`spikes/times` holds float64, not lists of numbers", None),
        (_texts, "`spikes/times` holds object, not lists of numbers", None),
        (_short, "recording 1: it has 50 times, but 49 units", AGAIN),
    ],
)
def test_shd_has_something_else(shd, edit, summary, help):
    with edited(shd) as file:
        edit(file)
    assert refused(shd) == ("shd_train.h5", summary, help)


def test_shd_has_times_that_arent_numbers(shd):
    with edited(shd) as file:
        file["spikes/times"][1] = np.full(50, np.nan, np.float16)
    train, _ = read_published(PUBLISHED["shd"], shd, 0.2, 0)
    with pytest.raises(DataError) as caught:
        list(train.files[1].blocks())
    assert caught.value.summary == "recording 1: it has times that aren't finite numbers"


def reference(folder, row):
    """Where the reference of a row of `spikes/times` is in the file, and what it has: length, address and index."""
    path = folder / "shd_train.h5"
    with h5py.File(path) as file:
        at = file["spikes/times"].id.get_offset() + 16 * row
    return path, at, struct.unpack("<IQI", path.read_bytes()[at : at + 16])


def patch(path, at, data):
    content = bytearray(path.read_bytes())
    content[at : at + len(data)] = data
    path.write_bytes(content)


def row_problem(folder, row=2):
    train, _ = read_published(PUBLISHED["shd"], folder, 0.2, 0)
    with pytest.raises(DataError) as caught:
        train.files[row].times.row(row)
    assert (caught.value.path, caught.value.help) == (folder / "shd_train.h5", AGAIN)
    return caught.value.summary


def claim(folder, length=None, address=None, index=None):
    """Changes the reference of row 2 of the times, and the length of its units likewise."""
    path, at, (old, where, number) = reference(folder, 2)
    patch(
        path, at, struct.pack("<IQI", old if length is None else length, address or where, number if index is None else index)
    )
    if length is not None:
        with h5py.File(path) as file:
            units = file["spikes/units"].id.get_offset() + 32
        patch(path, units, struct.pack("<I", length))


def test_a_list_that_claims_more_than_it_has_takes_no_memory(shd):
    claim(shd, length=0xFFFFFFFF)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert row_problem(shd) == "`spikes/times`: row 2 can't be read: it claims 8,589,934,590 bytes, but the file has 100"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_list_beyond_the_end(shd):
    claim(shd, address=1 << 60)
    assert row_problem(shd) == "`spikes/times`: row 2 can't be read: its values lie beyond the end of the file"


def test_a_list_at_another_place(shd):
    claim(shd, address=8)
    assert row_problem(shd) == "`spikes/times`: row 2 can't be read: its values aren't where it says"


@pytest.mark.parametrize("index", [0, 999])
def test_a_list_that_isnt_there(shd, index):
    claim(shd, index=index)
    assert row_problem(shd) == "`spikes/times`: row 2 can't be read: its values are missing"


def test_a_collection_that_claims_more_than_the_file(shd):
    path, _, (_, address, _) = reference(shd, 2)
    patch(path, address + 8, struct.pack("<Q", 1 << 62))
    patch(path, address + 16 + 8, struct.pack("<Q", (1 << 64) - 8))  # the size of the first object
    assert row_problem(shd) == "`spikes/times`: row 2 can't be read: its values are missing"
    assert row_problem(shd, 0).startswith("`spikes/times`: row 0 can't be read: it claims 100 bytes, but the file has ")


def test_more_lists_than_the_file_has(shd):
    path = shd / "shd_train.h5"
    path.unlink()
    with h5py.File(path, "w") as file:
        for name in ("times", "units"):
            file.create_dataset(f"spikes/{name}", (1 << 40,), dtype=h5py.vlen_dtype("<f2"), chunks=(1024,), maxshape=(None,))
        file["labels"] = [0]
    claimed = "`spikes/times` claims [1099511627776] values, 17,592,186,044,416 bytes, but the file stores 0 bytes of them"
    assert refused(shd) == ("shd_train.h5", claimed, AGAIN)
