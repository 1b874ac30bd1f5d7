"""Scores and augmentations of samples with a truth for each pixel, against loops over pixels."""

import numpy as np
import pytest
from spikegraph.data.map_scores import FlowScores, LabelScores
from spikegraph.data.map_steps import MapCrop, MapFlip, MapNormalise
from spikegraph.data.maps import MapSample

from spikegraph.runs.metrics import METRICS, Metric, higher_is_better
from spikegraph.runs.summary import improved


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
    assert higher_is_better("share_of_a_plug_in_percent")
    assert not higher_is_better("error_of_a_plug_in_px")


def sample(kind, size=(4, 6)):
    image = np.arange(size[0] * size[1], dtype=np.float32).reshape(1, *size)
    truth = image[0].astype(np.int64) if kind == "labels" else np.stack([image[0], 100 + image[0]])
    return MapSample({"image": image}, truth, kind)


def test_a_flip_mirrors_the_truth_and_the_direction_of_flow():
    always = MapFlip(probability=1)
    flipped = always(sample("flow"), np.random.default_rng(0))
    assert flipped.inputs["image"][0, 0].tolist() == [5, 4, 3, 2, 1, 0]
    assert flipped.truth[0, 0].tolist() == [-5, -4, -3, -2, -1, 0]
    assert flipped.truth[1, 0].tolist() == [105, 104, 103, 102, 101, 100]
    labels = always(sample("labels"), np.random.default_rng(0))
    assert np.array_equal(labels.truth, labels.inputs["image"][0])
    assert always(sample("labels"), None).truth[0, 0] == 0
    with pytest.raises(ValueError, match="what it does to the truth `depth` isn't known"):
        always(sample("depth"), None)


def test_a_crop_takes_the_same_pixels_of_inputs_and_truth():
    crop = MapCrop((2, 3))
    places = {int(crop(sample("labels"), np.random.default_rng(k)).truth[0, 0]) for k in range(40)}
    assert places == {6 * i + j for i in range(3) for j in range(4)}
    for k in (0, 1):
        found = crop(sample("labels"), np.random.default_rng(k))
        assert np.array_equal(found.truth, found.inputs["image"][0])
        assert found.truth.shape == (2, 3)
    assert crop(sample("labels"), None).truth[0, 0] == 7  # one row and one column from the corner
    with pytest.raises(ValueError, match="5 x 3 doesn't fit into 4 x 6"):
        MapCrop((5, 3))(sample("labels"), None)
    with pytest.raises(ValueError, match="there is no truth in the padding"):
        MapCrop((2, 3), padding=1)(sample("labels"), None)


def test_normalising_leaves_the_truth_as_it_is():
    found = MapNormalise((2.0,), (4.0,))(sample("flow"), None)
    assert found.inputs["image"][0, 0, :2].tolist() == [-0.5, -0.25]
    assert np.array_equal(found.truth, sample("flow").truth)
