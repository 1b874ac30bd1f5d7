"""Scores of each class, by hand: as text, in the report, and of label maps."""

import numpy as np
import pytest

from spikegraph.cli.class_scores import classes_text
from spikegraph.data.sample import About
from spikegraph.runs.confusion import class_scores
from spikegraph.tasks import TASKS

# 8 cats, of which 6 are found; 2 dogs, of which 1 is; nothing is a cow but one cat that was taken for it.
MATRIX = {0: {0: 6, 1: 1, 2: 1}, 1: {0: 1, 1: 1}}


def test_recall_and_precision_by_hand():
    found = class_scores(MATRIX)
    assert found == {
        0: {"labels": 8, "recall_percent": 75, "precision_percent": pytest.approx(600 / 7)},
        1: {"labels": 2, "recall_percent": 50, "precision_percent": 50},
        2: {"labels": 0, "precision_percent": 0},
    }
    assert class_scores({}) == {}


def test_a_classifiers_scores_have_them():
    scores = TASKS["class"].scores(About(("cat", "dog", "cow")))
    pairs = [(true, k) for true, of in MATRIX.items() for k, n in of.items() for _ in range(n)]
    logits = np.eye(3)[[k for _, k in pairs]]
    scores.add(logits[:4], np.array([true for true, _ in pairs[:4]]))
    rest = TASKS["class"].scores(About())
    rest.add(logits[4:], np.array([true for true, _ in pairs[4:]]))
    scores.extend(rest)
    assert scores.classes() == class_scores(MATRIX)
    assert scores.metrics() == {"accuracy_percent": 70}


def test_intersection_over_union_of_label_maps_by_hand():
    scores = TASKS["labels"].scores(About())
    assert scores.classes() == {}
    target = np.array([[[0, 0, 0, 1], [1, 255, 0, 0]]])
    predicted = np.array([[[0, 0, 1, 1], [0, 1, 0, 0]]])
    scores.add(np.moveaxis(np.eye(4)[predicted], -1, 1), target)
    assert scores.classes() == {
        0: {"labels": 5, "recall_percent": 80, "precision_percent": 80, "iou_percent": pytest.approx(100 * 4 / 6)},
        1: {"labels": 2, "recall_percent": 50, "precision_percent": 50, "iou_percent": pytest.approx(100 / 3)},
    }
    assert scores.metrics()["mean_iou_percent"] == pytest.approx(50)  # (4/6 + 1/3) / 2


def test_labels_that_the_loss_ignores_do_not_count():
    about = About(("cat", "dog", "cow"), ignored=(1,))
    scores = TASKS["class"].scores(about)
    scores.add(np.eye(3)[[0, 1, 2, 1, 1]], np.array([0, 1, 1, 2, 0]))
    assert scores.confusion() == {0: {0: 1, 1: 1}, 2: {1: 1}}
    assert (scores.count, scores.metrics()) == (3, {"accuracy_percent": pytest.approx(100 / 3)})
    assert list(scores.classes()) == [0, 2]
    maps = TASKS["labels"].scores(about)
    maps.add(np.moveaxis(np.eye(3)[[[[0, 1, 1, 2]]]], -1, 1), np.array([[[0, 1, 0, 2]]]))
    assert maps.metrics() == {"mean_iou_percent": 75, "pixel_accuracy_percent": pytest.approx(200 / 3)}  # of cats 1 / 2
    assert list(maps.classes()) == [0, 2]


def test_they_are_a_table_and_a_matrix():
    scores = {"cat": {"labels": 8, "recall_percent": 75.0, "precision_percent": 600 / 7}, "dog": {"labels": 2000}}
    text = classes_text(scores, {"cat": {"cat": 6, "dog": 2}, "dog": {"dog": 2000}})
    assert text == (
        "class  labels  recall, %  precision, %\n"
        "cat         8         75         85.71\n"
        "dog     2,000\n"
        "\n"
        "true class, by predicted  cat    dog\n"
        "cat                         6      2\n"
        "dog                         0  2,000\n"
    )


def test_of_many_classes_those_with_the_lowest_scores_are_shown():
    scores = {f"class {k}": {"labels": 1.0, "recall_percent": float(100 - k)} for k in range(40)}
    lines = classes_text(scores, {"class 0": {"class 0": 1}}).splitlines()
    assert [line.split()[1] for line in lines[1:-1]] == [str(k) for k in range(39, 9, -1)]
    assert lines[-1] == "10 classes with a higher recall, % aren't shown; --json has all"


def test_many_classes_with_a_single_score():
    lines = classes_text({f"class {k}": {"hits": float(40 - k)} for k in range(40)}, {}).splitlines()
    assert lines[1].split() == ["class", "39", "1"]
    assert lines[-1] == "10 classes with a higher hits aren't shown; --json has all"
