"""`data check` on event data sets: what it counts, and the damaged and empty recordings by name."""

import json

import numpy as np
import pytest
from PIL import Image

from spikegraph.data.check import check
from spikegraph.data.events.report import EventClassReport

from .published_files import made, write_aedat2, write_aedat3, write_bin, write_dat, write_shd

LABELS = "class,startTime_usec,endTime_usec\n"


@pytest.fixture
def n_mnist(tmp_path):
    for digit in range(10):
        for number in range(1 + digit % 3):
            stop = 100_000 + 10_000 * digit
            write_bin(tmp_path / "Train" / str(digit) / f"{number:05}.bin", *made(digit, 100 + digit, 34, 34, 0, stop))
        write_bin(tmp_path / "Test" / str(digit) / "00000.bin", *made(20 + digit, 50, 34, 34))
    return tmp_path


def test_a_published_data_set(n_mnist, golden):
    seen = []
    report = check(n_mnist, lambda done, total: seen.append((done, total)))
    assert report.sound
    assert (report.images, report.recordings) == ((), ())
    train = report.event_sets[0].parts[0]
    assert train.recordings == 19
    assert train.classes[2] == EventClassReport("2", 3, 306)
    assert (train.sensors, train.events) == (((34, 34),), (100, 109))
    times = [made(digit, 100 + digit, 34, 34, 0, 100_000 + 10_000 * digit)[2] for digit in range(10)]
    assert train.duration_s == (min(np.ptp(t) for t in times) / 1e6, max(np.ptp(t) for t in times) / 1e6)
    assert seen == [(k, 29) for k in range(1, 30)]
    golden(report.text().replace(str(n_mnist), "DIR"), ".txt")


def test_damaged_and_empty_recordings(n_mnist, golden):
    path = n_mnist / "Train" / "5" / "00001.bin"
    path.write_bytes(path.read_bytes()[:-2])
    (n_mnist / "Train" / "7" / "00000.bin").write_bytes(b"")
    (n_mnist / "Train" / "8" / "00002.bin").write_bytes(bytes([0, 240, 0, 0, 0]))
    write_bin(n_mnist / "Test" / "3" / "00000.bin", [3, 34], [3, 3], [0, 10], [1, 1])
    (n_mnist / "Test" / "9" / "00000.bin").unlink()
    report = check(n_mnist)
    assert not report.sound
    assert [part.recordings for part in report.event_sets[0].parts] == [16, 8]
    golden(report.text().replace(str(n_mnist), "DIR"), ".txt")
    values = json.loads(json.dumps(report.json(), allow_nan=False))
    assert values["event_sets"][0]["parts"][1]["classes"][3] == {"name": "3", "recordings": 0, "events": 0}
    assert len(values["event_sets"][0]["problems"]) == 5


def test_gestures(tmp_path, golden):
    for name in ("user22_led", "user24_led"):
        write_aedat3(tmp_path / f"{name}.aedat", *made(1, 900, 128, 128))
        (tmp_path / f"{name}_labels.csv").write_text(LABELS + "9,0,110000\n10,104000,200000\n11,400000,500000\n")
    (tmp_path / "user24_led_labels.csv").write_text(LABELS + "8,110,104\n8,1000,2000\n")
    (tmp_path / "trials_to_train.txt").write_text("user22_led.aedat\n")
    (tmp_path / "trials_to_test.txt").write_text("user24_led.aedat\n")
    golden(check(tmp_path).text().replace(str(tmp_path), "DIR"), ".txt")


def test_own_recordings(tmp_path, golden):
    for label, count in (("fall", 5), ("walk", 6)):
        for k in range(count):
            write_bin(tmp_path / label / f"{k}.bin", *made(k, 90, 30, 40))
    write_aedat2(tmp_path / "walk" / "long.aedat", *made(9, 500, 128, 128, 0, 2_000_000))
    (tmp_path / "walk" / "notes.txt").write_text("none")
    (tmp_path / "walk" / "broken.aedat").write_bytes(b"#!AER-DAT9.9\r\n")
    golden(check(tmp_path).text().replace(str(tmp_path), "DIR"), ".txt")


def test_own_recordings_in_parts_and_in_a_list(tmp_path):
    for part, count in (("train", 3), ("val", 1)):
        for label in "ab":
            for k in range(count):
                write_dat(tmp_path / "parts" / part / label / f"{k}.dat", *made(k, 20, 30, 40))
                write_dat(tmp_path / "listed" / f"{part}_{label}{k}.dat", *made(k, 20, 30, 40))
    names = [f"{part}_{label}{k}.dat,{label}" for part, n in (("train", 3), ("val", 1)) for label in "ab" for k in range(n)]
    (tmp_path / "listed" / "labels.csv").write_text("\n".join(["file,label", *names]))
    for folder in ("parts", "listed"):
        report = check(tmp_path / folder)
        assert report.sound
        (found,) = report.event_sets
        assert [part.recordings for part in found.parts] == [6, 2]


def test_a_class_of_one_recording(tmp_path):
    write_bin(tmp_path / "a" / "0.bin", *made(0, 20, 30, 40))
    write_bin(tmp_path / "b" / "0.bin", *made(0, 20, 30, 40))
    (found,) = check(tmp_path).event_sets
    fix = "(add samples: one is for the test and one for training)"
    message = f"the class `a` has 1 sample, of which 1 would be for the test {fix}"
    assert found.problems == (message,)


def test_shd_beside_images(tmp_path):
    random = np.random.default_rng(0)
    recordings = [(np.sort(random.random(50)), random.integers(0, 700, 50)) for _ in range(3)]
    recordings[1] = (np.empty(0), np.empty(0, int))
    for name in ("shd_train.h5", "shd_test.h5"):
        write_shd(tmp_path / "data" / name, recordings, [0, 1, 2])
    (found,) = check(tmp_path).event_sets
    assert found.problems == tuple(
        f"data/{name}: recording 1: there is no event (delete the recording, or make it again)"
        for name in ("shd_train.h5", "shd_test.h5")
    )


def test_folders_of_images_stay_images(tmp_path):
    for label in "ab":
        for k in range(3):
            (tmp_path / label).mkdir(exist_ok=True)
            Image.new("RGB", (4, 4)).save(tmp_path / label / f"{k}.png")
    report = check(tmp_path)
    assert (len(report.images), report.event_sets) == (1, ())
