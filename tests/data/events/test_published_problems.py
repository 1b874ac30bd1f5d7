"""The published event data sets: the message for each thing that is missing or wrong, and files of strangers."""

import resource
import struct

import h5py
import numpy as np
import pytest

from spikegraph.data.events.class_folders import CALTECH_CLASSES
from spikegraph.data.events.published import Findings, read_published
from spikegraph.data.events.published_sets import PUBLISHED
from spikegraph.errors import DataError

from .published_files import made, write_aedat2, write_aedat3, write_bin, write_shd

AGAIN = "copy or download it again"
UNPACK = "unpack DvsGesture.tar.gz again"
EVENTS = made(0, 20, 34, 34)


def refused(source, folder, test=0.2):
    """The file, the message and the help."""
    with pytest.raises(DataError) as caught:
        read_published(PUBLISHED[source], folder, test, 0)
    path = caught.value.path
    return path.relative_to(folder).as_posix(), caught.value.summary, caught.value.help


def problems(source, folder):
    """All that is wrong, and the notes."""
    kind, found = PUBLISHED[source], Findings()
    kind.listed(kind.root(folder), 0.2, 0, found)
    return [(e.path.relative_to(folder).as_posix(), e.summary, e.help) for e in found.problems], found.notes


@pytest.mark.parametrize("source", PUBLISHED)
def test_nothing_there(tmp_path, source):
    layout = PUBLISHED[source].layout
    assert refused(source, tmp_path) == (".", "the data set isn't in this folder", layout)
    with pytest.raises(DataError) as caught:
        read_published(PUBLISHED[source], tmp_path / "gone", 0.2, 0)
    assert (caught.value.summary, caught.value.help) == ("there is no such folder", layout)


def test_an_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "Test.zip").write_bytes(b"")
    (tmp_path / "Train.zip").write_bytes(b"")
    assert refused("n_mnist", tmp_path)[1:] == ("the data set isn't in this folder", "unpack Test.zip in this folder")
    for digit in range(10):
        write_bin(tmp_path / "Test" / str(digit) / "1.bin", *EVENTS)
    assert refused("n_mnist", tmp_path) == (".", "there is no folder `Train`", "unpack Train.zip in this folder")


def test_n_mnist(tmp_path):
    layout = PUBLISHED["n_mnist"].layout
    for part in ("Train", "Test"):
        for digit in range(10):
            write_bin(tmp_path / part / str(digit) / "1.bin", *EVENTS)
    (tmp_path / "Train" / "3" / "1.bin").rename(tmp_path / "Train" / "3" / "1.txt")
    (tmp_path / "Test" / "7" / "1.bin").unlink()
    (tmp_path / "Test" / "7").rmdir()
    assert problems("n_mnist", tmp_path)[0] == [
        ("Train/3", "it has no recording `*.bin`", layout),
        ("Test/7", "the folder of the class `7` is missing", layout),
    ]
    assert refused("n_mnist", tmp_path) == ("Train/3", "it has no recording `*.bin`", layout)


def test_a_part_without_classes(tmp_path):
    for digit in range(10):
        write_bin(tmp_path / "Train" / str(digit) / "1.bin", *EVENTS)
    (tmp_path / "Test").mkdir()
    assert refused("n_mnist", tmp_path) == ("Test", "it has no folders of classes", PUBLISHED["n_mnist"].layout)


def test_n_caltech101_lacks_a_class(tmp_path):
    for name in CALTECH_CLASSES[1:]:
        for k in (1, 2):
            write_bin(tmp_path / name / f"image_000{k}.bin", *EVENTS)
    message = "the folder of the class `BACKGROUND_Google` is missing"
    assert refused("n_caltech101", tmp_path) == ("BACKGROUND_Google", message, PUBLISHED["n_caltech101"].layout)


def test_cifar10_dvs_has_one_archive_left_and_a_class_of_one(tmp_path):
    for name in PUBLISHED["cifar10_dvs"].classes[:-1]:
        for k in range(1 if name == "cat" else 2):
            write_aedat2(tmp_path / name / f"cifar10_{name}_{k}.aedat", *EVENTS)
    (tmp_path / "truck.zip").write_bytes(b"")
    assert problems("cifar10_dvs", tmp_path)[0] == [
        ("truck", "the folder of the class `truck` is missing", "unpack truck.zip in this folder"),
        (".", "the class `cat` has 1 sample, of which 1 would be for the test", "add samples, or make `test` smaller"),
    ]


@pytest.fixture
def gestures(tmp_path):
    """Two sound recordings."""
    for name in ("user01_led", "user24_led"):
        write_aedat3(tmp_path / f"{name}.aedat", *made(1, 300, 128, 128))
        (tmp_path / f"{name}_labels.csv").write_text("class,startTime_usec,endTime_usec\n1,0,100000\n2,100000,200000\n")
    (tmp_path / "trials_to_train.txt").write_text("user01_led.aedat\n")
    (tmp_path / "trials_to_test.txt").write_text("user24_led.aedat\n")
    return tmp_path


def test_the_gestures_are_sound(gestures):
    assert problems("dvs_gesture", gestures) == ([], [])


@pytest.mark.parametrize(
    ("text", "file", "summary", "help"),
    [
        ("user02.mat", "trials_to_train.txt", "line 2: `user02.mat` isn't the name of a recording", "such as user01_led.aedat"),
        (
            "../user02.aedat",
            "trials_to_train.txt",
            "line 2: `../user02.aedat` isn't the name of a recording",
            "such as user01_led.aedat",
        ),
        ("user02_led.aedat", "trials_to_train.txt", "line 2: there is no file `user02_led.aedat`", UNPACK),
        ("user03_led.aedat", "trials_to_train.txt", "line 2: there is no file `user03_led_labels.csv`", UNPACK),
        (
            "user24_led.aedat",
            "trials_to_test.txt",
            "line 1: `user24_led.aedat` is in line 2 of trials_to_train.txt already",
            "delete one of the two lines",
        ),
    ],
)
def test_lists_of_recordings(gestures, text, file, summary, help):
    write_aedat3(gestures / "user03_led.aedat", *made(1, 300, 128, 128))
    (gestures / "trials_to_train.txt").write_text(f"user01_led.aedat\n{text}\n")
    assert refused("dvs_gesture", gestures) == (file, summary, help)


def test_a_list_is_empty_missing_or_no_text(gestures):
    (gestures / "trials_to_train.txt").write_text("\n\n")
    (gestures / "trials_to_test.txt").unlink()
    layout = PUBLISHED["dvs_gesture"].layout
    assert problems("dvs_gesture", gestures)[0] == [
        ("trials_to_train.txt", "it lists no recording", layout),
        ("trials_to_test.txt", "the file is missing", UNPACK),
    ]
    (gestures / "trials_to_test.txt").write_bytes(b"\xff\xfe")
    assert problems("dvs_gesture", gestures)[0][1] == ("trials_to_test.txt", "it isn't text in UTF-8", UNPACK)


@pytest.mark.parametrize(
    ("text", "summary", "help"),
    [
        ("a,b\n", "line 1: it is `a,b`", "its first line is class,startTime_usec,endTime_usec"),
        ("class,startTime_usec,endTime_usec\n\n", "it lists no gesture", UNPACK),
        (
            "class,startTime_usec,endTime_usec\n\n1,2\n",
            "line 3: `1,2` isn't a class, a start and an end in microseconds",
            "write three whole numbers, such as 1,80048239,85092709",
        ),
        (
            "class,startTime_usec,endTime_usec\n1,-5,7\n",
            "line 2: `1,-5,7` isn't a class, a start and an end in microseconds",
            "write three whole numbers, such as 1,80048239,85092709",
        ),
        (
            "class,startTime_usec,endTime_usec\n12,1,2\n",
            "line 2: the class is 12, not from 1 to 11",
            "correct the line, or delete it",
        ),
        (
            "class,startTime_usec,endTime_usec\n1,10,20\n9,110,104\n",
            "line 3: the gesture ends at 104 us, but begins at 110 us",
            "correct the line, or delete it",
        ),
    ],
)
def test_labels_of_gestures(gestures, text, summary, help):
    (gestures / "user24_led_labels.csv").write_text(text)
    assert refused("dvs_gesture", gestures) == ("user24_led_labels.csv", summary, help)


def test_a_gesture_within_another_is_a_note(gestures):
    text = "class,startTime_usec,endTime_usec\n9,100,900\n10,800,1000\n11,2000,3000\n"
    (gestures / "user24_led_labels.csv").write_text(text)
    note = "user24_led_labels.csv: line 3: the gesture begins before the last one has ended"
    assert problems("dvs_gesture", gestures) == ([], [note])


@pytest.fixture
def shd(tmp_path):
    random = np.random.default_rng(0)
    recordings = [(np.sort(random.random(50)), random.integers(0, 700, 50)) for _ in range(4)]
    for name in ("shd_train.h5", "shd_test.h5"):
        write_shd(tmp_path / name, recordings, [0, 1, 2, 19])
    return tmp_path


def test_shd_is_packed(shd):
    (shd / "shd_test.h5").rename(shd / "shd_test.h5.gz")
    assert refused("shd", shd) == ("shd_test.h5", "the file is missing", "unpack shd_test.h5.gz in this folder")


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
    assert refused("shd", shd) == ("shd_train.h5", summary, help)


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
    assert refused("shd", shd) == ("shd_train.h5", claimed, AGAIN)
