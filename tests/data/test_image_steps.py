"""Processing steps of images: each by itself, random and deterministic."""

import numpy as np
import pytest
from PIL import Image

from spikegraph.data.sample import Sample
from spikegraph.data.steps import prepared, steps_of
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue
from spikegraph.tasks import TASKS
from spikegraph.tasks.numbers import Numbers
from spikegraph.tasks.unlabelled import Unlabelled

IMAGE = np.arange(3 * 6 * 8, dtype=np.float32).reshape(3, 6, 8) + 1


def steps(*calls):
    return steps_of([CallValue(name, (), arguments, Span("test.sdhs", 1, 1, 1, 1)) for name, arguments in calls])


def done(*calls, seed=None, image=IMAGE):
    random = None if seed is None else np.random.default_rng(seed)
    found = prepared(Sample({"image": image}, np.asarray(7)), steps(*calls), random, TASKS["class"])
    assert found.target == 7
    return found.inputs["image"]


def test_every_augmentation_of_the_language_is_known():
    for signature in AUGMENTATIONS.values():
        given = {"size": [4, 4], "channels": 3, "mean": (0.0,), "std": (1.0,), "padding": 0, "probability": 0.5, "alpha": 0.2}
        ((step),) = steps((signature.name, {key.name: given[key.name] for key in signature.parameters}))
        assert callable(step.pair if signature.mixes else step)


def test_pad_puts_zeros_around():
    padded = done(("pad", {"size": (9, 8)}))
    assert padded.shape == (3, 9, 8)
    np.testing.assert_array_equal(padded[:, 1:7], IMAGE)
    assert padded[:, 0].sum() == padded[:, 7:].sum() == 0
    with pytest.raises(ValueError, match="6 x 8 is larger than 5 x 9"):
        done(("pad", {"size": (5, 9)}))


def test_repeat():
    np.testing.assert_array_equal(done(("repeat", {"channels": 2}), image=IMAGE[:1]), IMAGE[[0, 0]])
    with pytest.raises(ValueError, match="the image has 3 channels, not one"):
        done(("repeat", {"channels": 3}))


def test_grey_is_the_brightness_that_pillow_computes():
    """Pillow rounds to whole levels."""
    colours = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    grey = done(("grey", {}), image=colours.transpose(2, 0, 1).astype(np.float32))
    assert grey.shape == (1, 6, 8)
    np.testing.assert_allclose(grey[0], np.asarray(Image.fromarray(colours).convert("L")), atol=0.51)
    np.testing.assert_array_equal(done(("grey", {}), image=IMAGE[:1]), IMAGE[:1])
    with pytest.raises(ValueError, match="grey: the image has 2 channels, not 1 or 3"):
        done(("grey", {}), image=IMAGE[:2])


def test_crops_lie_within_the_padded_image_and_everywhere_in_it():
    crop = ("random_crop", {"size": (4, 4), "padding": 1, "probability": 1.0})
    around = np.pad(IMAGE, [(0, 0), (1, 1), (1, 1)])
    windows = {around[:, top : top + 4, left : left + 4].tobytes(): (top, left) for top in range(5) for left in range(7)}
    places = {windows[done(crop, seed=(0, 0, k)).tobytes()] for k in range(400)}
    assert places == set(windows.values())
    np.testing.assert_array_equal(done(crop), IMAGE[:, 1:5, 2:6])
    with pytest.raises(ValueError, match="9 x 4 doesn't fit into 6 x 8"):
        done(("random_crop", {"size": (9, 4)}))


def test_flips_half_of_the_images_in_training_alone():
    flip = ("horizontal_flip", {"probability": 0.5})
    flipped = sum((done(flip, seed=(1, 0, k)) == IMAGE[:, :, ::-1]).all() for k in range(400))
    kept = sum((done(flip, seed=(1, 0, k)) == IMAGE).all() for k in range(400))
    assert flipped + kept == 400 and 150 < flipped < 250
    np.testing.assert_array_equal(done(flip), IMAGE)


def test_cutout_clears_a_square_that_the_border_may_cut():
    areas = set()
    for k in range(200):
        holed = done(("cutout", {"size": 4}), seed=(2, 0, k))
        hole = (holed == 0).all(0)
        rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        assert hole.sum() == (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
        np.testing.assert_array_equal(holed[:, ~hole], IMAGE[:, ~hole])
        areas.add(int(hole.sum()))
    assert max(areas) == 16 and min(areas) == 4
    np.testing.assert_array_equal(done(("cutout", {"size": 4})), IMAGE)


def test_normalise():
    normal = done(("normalise", {"mean": (1.0, 2.0, 3.0), "std": (2.0, 4.0, 8.0)}))
    np.testing.assert_allclose(normal[2], (IMAGE[2] - 3) / 8)
    with pytest.raises(ValueError, match="1 means and 1 standard deviations for an image with 3 channels"):
        done(("normalise", {"mean": (1.0,), "std": (2.0,)}))


def test_resize_keeps_the_proportions_and_the_mean():
    small = done(("resize", {"size": 3}))
    assert small.shape == (3, 3, 4)
    np.testing.assert_allclose(small.mean((1, 2)), IMAGE.mean((1, 2)), rtol=0.01)
    np.testing.assert_array_equal(done(("resize", {"size": 6})), IMAGE)
    assert done(("resize", {"size": 5}), image=IMAGE.transpose(0, 2, 1)).shape == (3, 7, 5)


def test_the_seed_alone_decides():
    calls = [("random_crop", {"size": (4, 4), "padding": 2}), ("horizontal_flip", {}), ("cutout", {"size": 2})]
    first = done(*calls, seed=(3, 5, 7))
    np.testing.assert_array_equal(first, done(*calls, seed=(3, 5, 7)))
    others = [done(*calls, seed=seed) for seed in ((4, 5, 7), (3, 6, 7), (3, 5, 8))]
    assert all((other != first).any() for other in others)


def test_the_image_stays_as_it_is():
    before = IMAGE.copy()
    done(("horizontal_flip", {"probability": 1.0}), ("cutout", {"size": 3}), seed=(0, 0, 0))
    np.testing.assert_array_equal(IMAGE, before)


class Places(Numbers):
    """Rows and columns of points, float [P, 2]."""

    name = "places"

    def placed(self, target, move):
        return move.points(target)


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
@pytest.mark.parametrize(
    "call",
    [
        ("pad", {"size": (33, 47)}),
        ("random_crop", {"size": (26, 34), "padding": 4}),
        ("horizontal_flip", {"probability": 0.5}),
        ("resize", {"size": 45}),
        ("resize", {"size": 21}),
    ],
    ids=lambda call: f"{call[0]}-{call[1].get('size')}",
)
def test_points_stay_on_what_they_mark(call, seed):
    """The centres of mass of two blobs, measured in the images; points may be whole numbers."""
    rows, columns = np.mgrid[:30, :40]
    places = np.array([[14.0, 16.0], [17.0, 22.0]])
    blobs = np.stack([np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 2) for y, x in places]).astype(np.float32)
    for given in (places, places.astype(np.int64)):
        random = None if seed is None else np.random.default_rng(seed)
        found = prepared(Sample({"image": blobs}, given), steps(call), random, Places())
        for image, place in zip(found.inputs["image"], found.target, strict=True):
            axes = np.indices(image.shape)
            assert (axes * image).sum((1, 2)) / image.sum() == pytest.approx(place, abs=0.02)


@pytest.mark.parametrize("call", [("horizontal_flip", {"probability": 1.0}), ("mixup", {"alpha": 0.2})], ids=str)
def test_without_a_target_steps_change_the_inputs_alone(call):
    sample = Sample({"image": IMAGE}, np.zeros(0))
    found = prepared(sample, steps(call), None, Unlabelled(TASKS["flow"]))
    np.testing.assert_array_equal(found.inputs["image"], IMAGE)
