"""Published event data sets: miniatures in the layouts of their publishers, judged by SpikingJelly's readers and by h5py."""

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.class_folders import CALTECH_CLASSES, N_MNIST
from spikegraph.data.events.published import read_published
from spikegraph.data.events.published_sets import PUBLISHED
from spikegraph.dsl.resolve import resolve
from spikegraph.dsl.schema.dataset import SOURCES

from .published_files import columns, made, rows, theirs, write_aedat2, write_aedat3, write_bin, write_dat, write_shd


def read(tmp_path, source, folder, keys=""):
    """What the reader of a source makes of a folder."""
    spec = tmp_path / "set.sdhs"
    spec.write_text(f"sdhs 1\ndataset d {{\n  source = {source}\n  cache = none\n{keys}\n}}\n")
    found = resolve(spec)
    assert not found.diagnostics
    return SOURCES[source].read(found.spec.datasets["d"], folder)


def names(part):
    return [file.path.name for file in part.files]


@pytest.fixture
def n_mnist(tmp_path):
    root = tmp_path / "data"
    for digit in range(10):
        write_bin(root / "Train" / str(digit) / f"0000{digit}.bin", *made(digit, 200, 34, 34))
        write_bin(root / "Train" / str(digit) / f"0001{digit}.bin", *made(50 + digit, 100, 34, 34))
        write_bin(root / "Test" / str(digit) / f"0000{digit}.bin", *made(100 + digit, 150, 34, 34))
    return root


def test_n_mnist(tmp_path, n_mnist):
    images = read(tmp_path, "n_mnist", n_mnist, "steps = 4")
    assert images.origin == f"n_mnist ({n_mnist})"
    assert images.train.labels.tolist() == np.repeat(np.arange(10), 2).tolist()
    assert (images.test.labels.tolist(), images.test.classes) == (list(range(10)), tuple("0123456789"))
    load = theirs("utils").load_ATIS_bin
    for part in (images.train, images.test):
        for file, label in zip(part.files, part.labels, strict=True):
            assert file.path.parent.name == str(label)
            assert rows(file).tolist() == columns(load(file.path)).tolist()
    sample = images.train.sample(3).inputs["events"]
    assert sample.shape == (4, 2, 34, 34)
    x, y, _, p = made(51, 100, 34, 34)
    expected = np.zeros((2, 34, 34), int)
    np.add.at(expected, (1 - p, y, x), 1)
    assert sample.sum(0).tolist() == expected.tolist()


def test_unpacking_puts_folders_into_each_other_and_macos_adds_files(tmp_path, n_mnist):
    for part in ("Train", "Test"):
        (n_mnist / part).rename(n_mnist / "moved")
        (n_mnist / part).mkdir()
        (n_mnist / "moved").rename(n_mnist / part / part)
    (n_mnist / "Train" / "__MACOSX" / "0").mkdir(parents=True)
    (n_mnist / "Train" / "Train" / ".DS_Store").write_bytes(b"\0")
    (n_mnist / "Train" / "Train" / "0" / "._00000.bin").write_bytes(b"no events")
    (n_mnist / "Train" / "Train" / "0" / "errata.txt").write_text("none")
    (n_mnist / "Train" / "Train" / "10").mkdir()
    images = read(tmp_path, "n_mnist", tmp_path)
    assert [len(images.train.files), len(images.test.files)] == [20, 10]
    assert names(images.train)[:2] == ["00000.bin", "00010.bin"]


def test_n_caltech101_has_100_objects_and_the_background(tmp_path):
    assert len(set(CALTECH_CLASSES)) == SOURCES["n_caltech101"].classes == 101
    assert "BACKGROUND_Google" in CALTECH_CLASSES
    assert "Faces" not in CALTECH_CLASSES
    root = tmp_path / "Caltech101"
    for k, name in enumerate(CALTECH_CLASSES):
        for number in range(1, 4):
            write_bin(root / name / f"image_000{number}.bin", *made(1000 * number + k, 50, 180, 240))
    (tmp_path / "Caltech101_annotations" / "ant").mkdir(parents=True)
    (tmp_path / "Caltech101_annotations" / "ant" / "annotation_0001.bin").write_bytes(b"outlines")
    images = read(tmp_path, "n_caltech101", tmp_path, "test = 0.3\nsize = [45, 60]")
    assert [len(images.train.files), len(images.test.files)] == [202, 101]
    assert np.bincount(images.test.labels).tolist() == [1] * 101
    held = {(f.path.parent.name, f.path.name) for part in (images.train, images.test) for f in part.files}
    assert held == {(c, f"image_000{n}.bin") for c in CALTECH_CLASSES for n in (1, 2, 3)}
    assert [images.test.classes[k] for k in images.test.labels] == [f.path.parent.name for f in images.test.files]
    load = theirs("utils").load_ATIS_bin
    assert rows(images.test.files[7]).tolist() == columns(load(images.test.files[7].path)).tolist()
    assert images.train.sample(0).inputs["events"].shape == (8, 2, 45, 60)
    other = read(tmp_path, "n_caltech101", tmp_path, "test = 0.3\nsplit_seed = 1")
    assert names(other.test) != names(images.test)


@pytest.mark.parametrize(
    "places", [("n-cars_train", "n-cars_test"), ("train", "test"), ("n-cars_train/train", "n-cars_test/test")]
)
def test_n_cars(tmp_path, places):
    root = tmp_path / "Prophesee_Dataset_n_cars"
    written = {}
    for place, count in zip(places, (3, 2), strict=True):
        for k, name in enumerate(("cars", "background")):
            for number in range(count):
                events = made(10 * number + k, 80, 100, 120, stop=100_000)
                written[place, name, number] = events
                write_dat(root / place / name / f"obj_{number:06}_td.dat", *events)
    (root / "readme.txt").write_text("N-CARS")
    images = read(tmp_path, "n_cars", tmp_path)
    assert images.train.classes == ("background", "cars")
    assert images.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.test.labels.tolist() == [0, 0, 1, 1]
    for place, part in zip(places, (images.train, images.test), strict=True):
        for file in part.files:
            expected = written[place, file.path.parent.name, int(file.path.name[4:10])]
            assert rows(file).tolist() == np.stack(expected, 1).tolist()
    assert images.test.sample(0).inputs["events"].shape == (8, 2, 100, 120)


def test_cifar10_dvs(tmp_path):
    for k, name in enumerate(PUBLISHED["cifar10_dvs"].classes):
        for number in range(10):
            write_aedat2(tmp_path / name / f"cifar10_{name}_{number}.aedat", *made(100 * k + number, 60, 128, 128))
    images = read(tmp_path, "cifar10_dvs", tmp_path, "test = 0.1\nsteps = 10\nsize = [48, 48]")
    assert np.bincount(images.train.labels).tolist() == [9] * 10
    assert np.bincount(images.test.labels).tolist() == [1] * 10
    load = theirs("cifar10_dvs")._load_origin_data
    for file in images.test.files:
        name, number = file.path.parent.name, int(file.path.stem.split("_")[-1])
        assert rows(file).tolist() == columns(load(file.path)).tolist()
        k = images.test.classes.index(name)
        assert rows(file).tolist() == np.stack(made(100 * k + number, 60, 128, 128), 1).tolist()
    assert images.test.sample(0).inputs["events"].shape == (10, 2, 48, 48)


GESTURES = "class,startTime_usec,endTime_usec\n"


@pytest.fixture
def gestures(tmp_path):
    """Two recordings; the labels have an empty line, spaces, and a gesture that begins before the last one has ended."""
    root = tmp_path / "DvsGesture"
    write_aedat3(root / "user01_led.aedat", *made(1, 3000, 128, 128, 1000, 90_000))
    (root / "user01_led_labels.csv").write_text(GESTURES + "1,2000,30000\n\n2,29000,60000\n11, 61000, 89000\n")
    write_aedat3(root / "user24_led.aedat", *made(2, 2000, 128, 128, 1000, 90_000))
    (root / "user24_led_labels.csv").write_text(GESTURES.replace("\n", "\r\n") + "8,5000,40000\r\n8,40000,80000\r\n")
    (root / "trials_to_train.txt").write_text("user01_led.aedat\n\n")
    (root / "trials_to_test.txt").write_text("user24_led.aedat  \n")
    (root / "errata.txt").write_text("none")
    return root


def test_dvs_gesture(tmp_path, gestures):
    images = read(tmp_path, "dvs_gesture", tmp_path, "steps = 16")
    assert images.train.labels.tolist() == [0, 1, 10]
    assert images.test.labels.tolist() == [7, 7]
    assert images.train.classes[10] == "other_gestures"
    load = theirs("utils").load_aedat_v3
    spans = {"user01_led": [(2000, 30000), (29000, 60000), (61000, 89000)], "user24_led": [(5000, 40000), (40000, 80000)]}
    for part, name in ((images.train, "user01_led"), (images.test, "user24_led")):
        everything = columns(load(gestures / f"{name}.aedat"))
        for file, (start, stop) in zip(part.files, spans[name], strict=True):
            t = everything[:, 2]
            assert rows(file).tolist() == everything[(t >= start) & (t < stop)].tolist()
    sample = images.train.sample(2).inputs["events"]
    assert sample.shape == (16, 2, 128, 128)
    assert sample.sum() == len(rows(images.train.files[2]))


def test_the_times_of_gestures_are_part_of_what_the_data_are(tmp_path, gestures):
    before = list(read(tmp_path, "dvs_gesture", tmp_path).train.content())
    labels = gestures / "user01_led_labels.csv"
    labels.write_text(labels.read_text().replace("1,2000,30000", "1,2500,30000"))
    assert list(read(tmp_path, "dvs_gesture", tmp_path).train.content()) != before


def spoken(seed, count):
    """Random times in seconds and channels."""
    random = np.random.default_rng(seed)
    return np.sort(random.random(count)), random.integers(0, 700, count)


@pytest.mark.parametrize("form", [{}, {"chunked": True}, {"packed": "gzip"}, {"kind": "<f4"}])
def test_shd(tmp_path, form):
    train, test = ([spoken(seed, 40 + 13 * seed) for seed in seeds] for seeds in (range(7), range(7, 10)))
    train[3] = (np.empty(0), np.empty(0, int))
    write_shd(tmp_path / "shd_train.h5", train, [0, 1, 2, 3, 19, 10, 10], **form)
    write_shd(tmp_path / "shd_test.h5", test, [5, 6, 7], **form)
    images = read(tmp_path, "shd", tmp_path, "steps = 20\nduration = 1.4s\nsize = [1, 140]")
    assert images.train.labels.tolist() == [0, 1, 2, 3, 19, 10, 10]
    assert (images.train.classes[4], images.train.classes[19]) == ("four", "neun")
    for part, name in ((images.train, "shd_train.h5"), (images.test, "shd_test.h5")):
        with h5py.File(tmp_path / name) as file:
            for k, recording in enumerate(part.files):
                times, units = (file[f"spikes/{column}"][k] for column in ("times", "units"))
                expected = np.stack(
                    [units.astype(int), 0 * units.astype(int), np.rint(times.astype(float) * 1e6), 0 * units + 1], 1
                )
                assert rows(recording).tolist() == expected.astype(int).tolist()
    sample = images.train.sample(6).inputs["events"]
    assert sample.shape == (20, 2, 1, 140)
    assert (sample[:, 0].sum(), sample[:, 1].sum()) == (118, 0)
    with pytest.raises(DataError, match="recording 3: there is no event"):
        images.train.sample(3).inputs["events"]


def test_every_published_set_agrees_with_its_declaration():
    for name, kind in PUBLISHED.items():
        assert SOURCES[name].shape == (None, *kind.sensor)
        assert SOURCES[name].classes == len(kind.classes)
        assert callable(SOURCES[name].read)


def test_the_sensor_can_be_given(tmp_path, n_mnist):
    images = read(tmp_path, "n_mnist", n_mnist, "sensor = [20, 20]")
    with pytest.raises(DataError, match=r"outside the 20 x 20 sensor"):
        images.train.sample(0).inputs["events"]


def test_a_link_to_a_folder_of_its_own_ends(tmp_path, n_mnist):
    (n_mnist / "Train" / "0" / "again").symlink_to(n_mnist / "Train" / "0")
    assert len(read_published(N_MNIST, n_mnist, 0.2, 0)[0].files) == 20
