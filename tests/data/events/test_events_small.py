"""`events_small`: the events follow from the light, and the file in the cache is safe."""

import threading

import numpy as np
import pytest

from spikegraph.data.events import small
from spikegraph.data.events.small import AMBIENT, SENSOR, VIEWS, places, read_moved, view
from spikegraph.data.images import read_small
from spikegraph.data.simulate import THRESHOLD


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    return read_moved(tmp_path_factory.mktemp("cache"))


def padded(image):
    return np.pad(image.astype(np.float32) / 255, 7)[None]


def test_a_view_at_whole_pixels_is_the_shifted_image():
    image = read_small()[0].images[0, :, :, 0]
    for right, down in ((0, 0), (2, 3), (-2, 3)):
        seen = view(padded(image), float(right), float(down))
        expected = np.zeros(SENSOR)
        expected[3 + down : 31 + down, 3 + right : 31 + right] = image / 255
        np.testing.assert_allclose(seen, AMBIENT + (1 - AMBIENT) * expected, atol=1e-6)


def test_a_view_between_pixels_is_between_the_shifted_images():
    light = padded(read_small()[0].images[3, :, :, 0])
    half = view(light, 0.5, 0.0)
    np.testing.assert_allclose(half, (view(light, 0.0, 0.0) + view(light, 1.0, 0.0)) / 2, atol=1e-6)


def test_the_path_is_the_triangle():
    found = np.array(places())
    assert found.shape == (3 * VIEWS + 1, 2)
    assert found[[0, VIEWS, 2 * VIEWS, 3 * VIEWS]].tolist() == [[0, 0], [2, 3], [-2, 3], [0, 0]]
    speeds = np.hypot(*np.diff(found, axis=0).T).reshape(3, VIEWS)
    np.testing.assert_allclose(speeds, speeds[:, :1] * np.ones(VIEWS))


@pytest.mark.parametrize("index", [0, 1, 2, 3, 4])
def test_the_polarities_of_a_saccade_sum_up_to_the_change_of_the_light(moved, index):
    """Each event stands for one threshold of log intensity; references start within half a threshold."""
    train, _, images, _ = moved
    (events,) = train[index].blocks()
    light = padded(images.images[index, :, :, 0])
    first, last = (np.log(view(light, *corner)) for corner in ((0.0, 0.0), (2.0, 3.0)))
    before = events.t < 100_000
    signs = np.where(events.on, 1, -1)[before]
    total = np.zeros(SENSOR)
    np.add.at(total, (events.y[before], events.x[before]), signs)
    away = np.abs(total * THRESHOLD - (last - first)) / THRESHOLD
    # Thresholds spread by a tenth, and a few events are noise.
    assert np.quantile(away, 0.99) < 2
    changed = np.abs(last - first) > 2 * THRESHOLD
    assert changed.sum() > 10
    assert (np.sign(total[changed]) == np.sign((last - first)[changed])).mean() > 0.97


def test_the_recordings_lie_on_the_sensor_and_are_sorted(moved):
    train, test, *_ = moved
    assert (len(train), len(test)) == (4000, 1000)
    for recording in (*train[::400], *test[::100]):
        (events,) = recording.blocks()
        assert recording.size() == SENSOR
        assert events.x.min() >= 0 and events.x.max() < 34 and events.y.max() < 34
        assert np.diff(events.t).min() >= 0 and events.t.max() < 300_000


def test_images_are_simulated_alike_whatever_is_beside_them():
    images = read_small()[0].images[:2, :, :, 0]
    one, two = (small._generated(images) for _ in range(2))
    assert one == two


def test_a_damaged_file_is_made_again(tmp_path, monkeypatch):
    train, test = (part.__class__(part.images[:3], part.labels[:3], part.classes) for part in read_small())
    monkeypatch.setattr(small, "read_small", lambda: (train, test))
    first = [[b.x.tolist() for b in r.blocks()] for r in read_moved(tmp_path)[0]]
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert [[b.x.tolist() for b in r.blocks()] for r in read_moved(tmp_path)[0]] == first
    assert path.read_bytes() == whole


def test_several_at_once(tmp_path, monkeypatch):
    train, test = (part.__class__(part.images[:3], part.labels[:3], part.classes) for part in read_small())
    monkeypatch.setattr(small, "read_small", lambda: (train, test))
    found = []
    threads = [threading.Thread(target=lambda: found.append(read_moved(tmp_path)[0][0].words.tolist())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and found.count(found[0]) == 4
