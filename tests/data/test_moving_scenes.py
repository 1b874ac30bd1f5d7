"""The built-in moving scenes: what is drawn, its truth, and its events, judged by other means than the renderer's."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates, minimum_filter

from spikegraph.data.images import FASHION, ImageArrays, read_small
from spikegraph.data.moving_scenes import Layer, render
from spikegraph.data.random_scenes import GROUPS, SIZE, STEPS, Material, draw_scene, mask_of, materials
from spikegraph.data.recorded_scenes import CLASSES, FRAMES
from spikegraph.data.scene import load_scene
from spikegraph.data.scene_events import record, simulate_scenes
from spikegraph.data.simulate import DARK

VIEW = (SIZE, SIZE)


@pytest.fixture(scope="module")
def both():
    return materials(read_small(), load_scene()[0])


@pytest.fixture(scope="module")
def scenes(both):
    random = np.random.default_rng(3)
    return [draw_scene(material, random) for material in both for _ in range(10)]


def labels(layers, front):
    """The label of each pixel, from the numbers of the layers [H, W]."""
    return np.array([layer.label for layer in layers])[front]


def flow(layers, front):
    """The pixels to the right and down that each pixel's layer moves in a time step, [2, H, W]."""
    return np.array([layer.velocity for layer in layers], np.float32)[front].transpose(2, 0, 1)


def textured(random, mask, corner, velocity, label):
    coverage = mask.astype(np.float32)
    return Layer(coverage * random.uniform(0.1, 1, mask.shape).astype(np.float32), coverage, corner, velocity, label)


def three_layers(random):
    """A background and two ragged shapes that overlap, with positions and velocities in eighths of a pixel."""
    place = [(-6.0, -6.0), *((float(x), float(y)) for x, y in random.integers(8, 64, (2, 2)) / 8)]
    moves = [(float(x), float(y)) for x, y in random.integers(-12, 13, (3, 2)) / 8]
    masks = [np.ones((30, 30), bool), *(random.random((9, 8)) < 0.8 for _ in range(2))]
    return tuple(textured(random, *layer) for layer in zip(masks, place, moves, (0, 3, 1), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_a_view_is_the_mean_of_what_small_squares_show(seed):
    """Brute force: each pixel is 8 x 8 squares, on which layers lie exactly; each square belongs to one pixel of a layer."""
    layers, time = three_layers(np.random.default_rng(seed)), 2
    light, coverages = np.zeros((12, 12)), []
    for layer in layers:
        left, top = (round(8 * (c + time * v)) for c, v in zip(layer.corner, layer.velocity, strict=True))
        fine = np.zeros((2, 96, 96))
        for k, picture in enumerate((layer.light, layer.coverage)):
            for row in range(96):
                for column in range(96):
                    y, x = (row - top) // 8, (column - left) // 8
                    if 0 <= y < picture.shape[0] and 0 <= x < picture.shape[1]:
                        fine[k, row, column] = picture[y, x]
        own, covered = fine.reshape(2, 12, 8, 12, 8).mean((2, 4))
        light = own + (1 - covered) * light
        coverages.append(covered)
    seen = render(layers, time, (12, 12))
    np.testing.assert_allclose(seen.light, light, atol=1e-6)
    front = np.array([[max(k for k in range(3) if coverages[k][y, x] >= 0.5) for x in range(12)] for y in range(12)])
    assert set(np.unique(front)) == {0, 1, 2}
    np.testing.assert_array_equal(seen.front, front)
    np.testing.assert_array_equal(labels(layers, seen.front), np.array([0, 3, 1])[front])


def test_whole_pixels_are_painted_one_over_the_other():
    random = np.random.default_rng(0)
    masks = [np.ones((16, 16), bool), *(random.random((5, 5)) < 0.7 for _ in range(2))]
    layers = tuple(
        textured(random, m, c, (0, 0), k) for k, (m, c) in enumerate(zip(masks, ((-2, -2), (1, 2), (3, 4)), strict=True))
    )
    seen = render(layers, 0, (10, 10))
    for y in range(10):
        for x in range(10):
            at = [(y - layer.corner[1], x - layer.corner[0]) for layer in layers]
            there = [k for k, (i, j) in enumerate(at) if 0 <= i < len(masks[k]) and 0 <= j < len(masks[k]) and masks[k][i, j]]
            assert seen.front[y, x] == there[-1]
            assert seen.light[y, x] == layers[there[-1]].light[at[there[-1]]]


def test_the_background_must_fill_the_view():
    random = np.random.default_rng(0)
    layer = textured(random, np.ones((12, 12), bool), (-1, -1), (1, 0), 0)
    render((layer,), 1, (10, 10))
    with pytest.raises(ValueError, match=r"the background doesn't fill the view of 10 x 10 pixels at time 1\.5"):
        render((layer,), 1.5, (10, 10))


def test_the_view_before_warped_by_the_flow_is_the_last_one(scenes):
    """Where the same layer is seen before and after, and around it; interpolation is scipy's."""
    shares = (-1, 0, 0.5, 1, 1.5, 2)  # of the true flow
    apart, seen = {share: [] for share in shares}, []
    for layers in scenes:
        before, last = render(layers, STEPS - 1, VIEW), render(layers, STEPS, VIEW)
        moved = flow(layers, last.front)
        rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
        came = np.stack([rows - moved[1], columns - moved[0]])
        inside = ((came >= 2) & (came <= SIZE - 3)).all(0)
        same = np.ones(VIEW, bool)
        for number in range(len(layers)):
            alone = minimum_filter(last.front == number, 5), minimum_filter(before.front == number, 5)
            shown = map_coordinates(alone[1].astype(float), came, order=1) == 1
            same &= (last.front != number) | (alone[0] & shown)
        same &= inside
        seen.append(same.mean())
        for share in shares:
            warped = map_coordinates(
                before.light, [rows - share * moved[1], columns - share * moved[0]], order=3, mode="nearest"
            )
            apart[share].append(np.abs(warped - last.light)[same])
    error = {share: float(np.concatenate(apart[share]).mean()) for share in shares}
    assert np.mean(seen) > 0.3
    assert error[1] < error[0] / 3
    assert all(error[1] < error[share] / 1.5 for share in (0.5, 1.5))
    assert error[0] < min(error[-1], error[2] * 1.2)


def test_a_flow_of_whole_pixels_moves_every_pixel_exactly():
    random = np.random.default_rng(1)
    layers = (
        textured(random, np.ones((40, 40), bool), (-10, -10), (1, -2), 0),
        textured(random, np.ones((6, 6), bool), (3, 4), (2, 1), 2),
    )
    before, last = render(layers, 0, (16, 16)), render(layers, 1, (16, 16))
    moved, seen = flow(layers, last.front).astype(int), 0
    for y in range(16):
        for x in range(16):
            right, down = moved[:, y, x]
            if 0 <= y - down < 16 and 0 <= x - right < 16 and before.front[y - down, x - right] == last.front[y, x]:
                assert last.light[y, x] == before.light[y - down, x - right]
                seen += 1
    assert seen > 150
    assert {tuple(v) for v in moved.reshape(2, -1).T.tolist()} == {(1, -2), (2, 1)}


def test_the_mask_of_a_garment_has_no_holes():
    images = read_small()[0].images[::97, :, :, 0].astype(np.float32)
    filled = 0
    for image in images:
        outside, reached = {(-1, -1)}, [(-1, -1)]
        while reached:
            y, x = reached.pop()
            for i, j in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                free = not (0 <= i < 28 and 0 <= j < 28) or image[i, j] == 0
                if -1 <= i <= 28 and -1 <= j <= 28 and free and (i, j) not in outside:
                    outside.add((i, j))
                    reached.append((i, j))
        wanted = np.array([[(y, x) not in outside for x in range(28)] for y in range(28)])
        np.testing.assert_array_equal(mask_of(image), wanted)
        filled += int((wanted & (image == 0)).sum())
    assert filled > 100


def test_what_is_drawn_is_the_garment_with_its_label(both):
    train = both[0]
    for number in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9):
        index = int(np.nonzero(train.garments.labels == number)[0][0])
        one = ImageArrays(train.garments.images[[index]], train.garments.labels[[index]], FASHION)
        layers = draw_scene(Material(one, train.background), np.random.default_rng(number))
        assert 3 <= len(layers) <= 5
        assert [layer.light.shape[0] for layer in layers[1:]] == sorted(layer.light.shape[0] for layer in layers[1:])
        image = one.images[0, :, :, 0] / 255
        for layer in layers[1:]:
            assert layer.label == GROUPS[FASHION[number]]
            side = layer.light.shape[0]
            at = (np.arange(side) + 0.5) * 28 / side - 0.5
            drawn = map_coordinates(
                mask_of(image) * (0.04 + 0.96 * image), np.meshgrid(at, at, indexing="ij"), order=1, mode="nearest"
            )
            assert min(np.abs(drawn - layer.light).max(), np.abs(drawn[:, ::-1] - layer.light).max()) < 1e-5
    assert {CLASSES[label] for label in GROUPS.values()} == set(CLASSES) - {"background"}
    assert [name for name, label in GROUPS.items() if CLASSES[label] == "shoe"] == ["sandal", "sneaker", "ankle boot"]


def test_training_and_test_scenes_share_no_picture(both):
    train, test = both
    pictures = [{image.tobytes() for image in material.garments.images} for material in both]
    assert not pictures[0] & pictures[1]
    assert {image.tobytes() for image in read_small()[1].images} == pictures[1]
    whole = load_scene()[0].luminance
    np.testing.assert_array_equal(np.concatenate([train.background, test.background], 1), whole)


def test_events_follow_the_brightness(scenes):
    """Judged on finely rendered views: large changes have events of their sign, and still pixels only noise."""
    stacks = simulate_scenes(scenes, np.random.default_rng(0)).reshape(len(scenes), STEPS * FRAMES, SIZE, SIZE)
    assert set(np.unique(stacks)) == {-1, 0, 1}
    times = np.arange(0, STEPS + 1e-9, 1 / 8)
    right = still = noisy = large = 0
    for layers, frames in zip(scenes, stacks, strict=True):
        log = np.log(np.stack([render(layers, t, VIEW).light for t in times]) + DARK)
        change = np.diff(log[:: 8 // FRAMES], axis=0)
        strong = np.abs(change) > 0.6
        large += strong.sum()
        right += (np.sign(change) == frames)[strong].sum()
        quiet = np.ptp(log, axis=0) < 0.1
        still += STEPS * FRAMES * quiet.sum()
        noisy += np.abs(frames[:, quiet]).sum()
    assert min(large, still) > 3_000
    assert right / large > 0.97
    assert noisy / still == pytest.approx(0.3 * 0.0025, rel=0.25)  # noise events per pixel and second, times 2.5 ms


def test_what_is_recorded_is_the_truth_of_the_drawn_scenes(both):
    found = record(both[0], 3, seed=5)
    random = np.random.default_rng((5, 0))
    for number in range(3):
        layers = draw_scene(both[0], random)
        last = render(layers, STEPS, VIEW)
        np.testing.assert_array_equal(found.labels[number][found.front[number]], labels(layers, last.front))
        moved = found.velocity[number][found.front[number]].transpose(2, 0, 1)
        np.testing.assert_array_equal(moved, flow(layers, last.front))
        assert np.hypot(*moved).min() >= 0.1 and np.hypot(*moved).max() <= 2.0


def test_the_same_seed_gives_the_same_scenes(both):
    first, again, other = (record(both[1], 2, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(vars(first).values(), vars(again).values(), strict=True))
    assert not np.array_equal(first.events, other.events)
    assert not np.array_equal(first.front, other.front)
