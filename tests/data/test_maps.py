"""Scores and augmentations of samples with a truth for each pixel, against loops over pixels."""

import numpy as np
import pytest

from spikegraph.data.sample import Sample
from spikegraph.data.steps import Crop, Flip, Normalise, Pad, Shrink
from spikegraph.runs.metrics import METRICS, Metric, direction, higher_is_better
from spikegraph.runs.summary import improved
from spikegraph.tasks import TASKS
from spikegraph.tasks.flow import FlowScores
from spikegraph.tasks.labels import LabelScores


def test_mean_iou_against_sets_of_pixels():
    generator = np.random.default_rng(0)
    logits, truth = generator.normal(size=(3, 4, 5, 6)), generator.integers(0, 3, (3, 5, 6))  # class 3 is never true
    truth[:, 0] = 255
    ious, right = [], 0
    for k in range(4):
        true = {tuple(p) for p in np.argwhere(truth == k)}
        predicted = {tuple(p) for p in np.argwhere((logits.argmax(1) == k) & (truth != 255))}
        ious.append(len(true & predicted) / len(true | predicted))
        right += len(true & predicted)
    scores, other = LabelScores(), LabelScores()
    scores.add(logits[:1], truth[:1])
    other.add(logits[1:], truth[1:])
    scores.extend(other)
    found = scores.metrics()
    assert list(found) == ["mean_iou_percent", "pixel_accuracy_percent"]
    assert found["mean_iou_percent"] == pytest.approx(100 * sum(ious) / 4)
    assert found["pixel_accuracy_percent"] == pytest.approx(100 * right / (3 * 4 * 6))


def test_a_class_that_never_occurs_is_no_part_of_the_mean():
    scores = LabelScores()
    scores.add(np.eye(3)[None, :, :2, None] * 1.0, np.array([[[0], [1]]]))
    assert scores.metrics()["mean_iou_percent"] == 100
    with pytest.raises(ValueError, match="no pixel has the label of a class"):
        LabelScores().metrics()


def test_the_scores_of_flow_are_means_over_images():
    flow, truth = np.zeros((2, 2, 1, 4)), np.full((2, 2, 1, 4), np.inf)
    truth[0, :, 0, 0] = (3, 4)  # an error of 5, and no other pixel
    truth[1] = 0
    truth[1, :, 0, 1] = (0, 2)
    scores = FlowScores()
    scores.add(flow, truth)
    found = scores.metrics()
    assert found == {"mean_end_point_error_px": pytest.approx((5 + 2 / 4) / 2), "outliers_percent": 50}


def test_the_registry_says_which_metric_is_better_when_it_is_higher(registrations):
    assert improved("mean_iou_percent", 60, 50)
    assert improved("outliers_percent", 50, 60)
    assert improved("mean_end_point_error_px", 1, 2)
    METRICS.register("misses_percent", Metric("share of misses"))
    assert not higher_is_better("misses_percent")
    assert direction("misses_percent", {}) is False
    assert direction("share_of_a_plug_in", {"share_of_a_plug_in": True}) is True
    assert direction("share_of_a_plug_in_percent", {}) is None


LABELS, FLOW, DISPARITY = (TASKS[name] for name in ("labels", "flow", "disparity"))


def sample(task, size=(4, 6)):
    """An image whose pixels are numbered, and a target from which the same numbers can be read."""
    image = np.arange(size[0] * size[1], dtype=np.float32).reshape(1, *size)
    targets = {LABELS: image[0].astype(np.int64), FLOW: np.stack([image[0], 100 + image[0]]), DISPARITY: image}
    return Sample({"image": image}, targets[task])


def test_a_flip_mirrors_the_target_and_the_direction_of_flow():
    always = Flip(probability=1)
    flipped = always(sample(FLOW), np.random.default_rng(0), FLOW)
    assert flipped.inputs["image"][0, 0].tolist() == [5, 4, 3, 2, 1, 0]
    assert flipped.target[0, 0].tolist() == [-5, -4, -3, -2, -1, 0]
    assert flipped.target[1, 0].tolist() == [105, 104, 103, 102, 101, 100]
    assert flipped.target.dtype == np.float32
    labels = always(sample(LABELS), np.random.default_rng(0), LABELS)
    assert np.array_equal(labels.target, labels.inputs["image"][0])
    assert labels.target[0, 0] == 5
    assert always(sample(LABELS), None, LABELS).target[0, 0] == 0
    for probability in (0, 1):
        for random in (None, np.random.default_rng(0)):
            with pytest.raises(ValueError, match="what it does to true disparities isn't known"):
                Flip(probability)(sample(DISPARITY), random, DISPARITY)


@pytest.mark.parametrize("task", [LABELS, FLOW], ids=lambda task: task.name)
def test_a_crop_takes_the_same_pixels_of_inputs_and_target(task):
    crop = Crop((2, 3))
    first = lambda found: found.target[..., 0, 0].ravel()[0]  # noqa: E731
    places = {int(first(crop(sample(task), np.random.default_rng(k), task))) for k in range(60)}
    assert places == {6 * i + j for i in range(3) for j in range(4)}
    for k in (0, 1):
        found = crop(sample(task), np.random.default_rng(k), task)
        assert np.array_equal(found.target.reshape(-1, 2, 3)[0], found.inputs["image"][0])
        assert found.target.shape[-2:] == (2, 3)
    assert first(crop(sample(task), None, task)) == 7  # one row and one column from the corner
    with pytest.raises(ValueError, match="5 x 3 doesn't fit into 4 x 6"):
        Crop((5, 3))(sample(task), None, task)


@pytest.mark.parametrize("task", [LABELS, FLOW, DISPARITY], ids=lambda task: task.name)
@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Crop((2, 3), padding=1), "random_crop: there is no target in the padding; remove `padding`"),
        (Pad((8, 8)), "pad: there is no target in the padding"),
        (Shrink(3), "resize: between two pixels there is no target"),
    ],
)
def test_steps_that_would_make_targets_are_refused(task, step, why):
    for random in (None, np.random.default_rng(0)):
        with pytest.raises(ValueError) as caught:
            step(sample(task), random, task)
        assert str(caught.value) == why


def test_normalising_leaves_the_target_as_it_is():
    found = Normalise((2.0,), (4.0,))(sample(FLOW), None, FLOW)
    assert found.inputs["image"][0, 0, :2].tolist() == [-0.5, -0.25]
    assert np.array_equal(found.target, sample(FLOW).target)


def test_numbers_of_any_type_are_normalised_in_float32():
    """As when the network's inputs are made of them first: counts of events need few bits, and would else need 64."""
    counts = np.array([[[3, 2**31]]], np.int64)
    found = Normalise((0.1,), (0.3,))(Sample({"events": counts}, np.asarray(0)), None, TASKS["class"]).inputs["events"]
    assert found.dtype == np.float32
    assert found.tolist() == ((counts.astype(np.float32) - np.float32(0.1)) / np.float32(0.3)).tolist()
