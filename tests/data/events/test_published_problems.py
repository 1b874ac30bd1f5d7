"""The published event data sets: the message for each thing that is missing or wrong."""

import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.class_folders import CALTECH_CLASSES
from spikegraph.data.events.published import Findings, read_published
from spikegraph.data.events.published_sets import PUBLISHED

from .published_files import made, write_aedat2, write_aedat3, write_bin

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
    assert refused("n_mnist", tmp_path)[1:] == ("the data set isn't in this folder", "unpack Train.zip in this folder")
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
        (
            ".",
            "the class `cat` has 1 sample, of which 1 would be for the test",
            "add samples: one is for the test and one for training",
        ),
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
