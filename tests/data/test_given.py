"""Targets that are given in Python: numbers, maps, and those of single time steps, as samples; or the exact refusal."""

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.given import given
from spikegraph.program.program import Program

SPEC = """sdhs 1
dataset mine {{ source = {source}  task = {task} }}
network net {{
  input x : real[3]
  time = 2
  output o = x -> linear(2)
}}
"""


def read(source, task, *pairs):
    dataset = Program.of_text(SPEC.format(source=source, task=task), "a.sdhs").checked().spec.datasets["mine"]
    return given(dataset, pairs, pairs).train


STEREO = """sdhs 1
neuron lif {{ }}
dataset mine {{ source = {source}  task = disparity }}
network net {{
  input x : real[2, 8, 8]
  output o = x -> conv(3, out = 4) -> norm -> lif -> conv(1, out = 1) -> disparity
}}
retrain net on mine {{ epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = smooth_l1(o) }}
"""


@pytest.mark.parametrize("source", ["python_steps", "python_events  sensor = [8, 8]"])
def test_disparities_of_a_single_input_are_refused_before_a_training(source):
    found = [(d.code, d.summary, d.help) for d in Program.of_text(STEREO.format(source=source), "a.sdhs").check()]
    assert found == [
        (
            "SG0320",
            "no training can read `mine`: true disparities are of two views, but its samples have one input",
            "write `task = map` for numbers of each pixel, or read recordings with `source = mvsec` or `source = dsec`",
        )
    ]


def image(*shape):
    return np.zeros(shape, np.float32)


MAP = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("task", "value", "target", "expected"),
    [
        ("numbers", image(3), 3.5, [3.5]),
        ("numbers", image(3), np.float64(3.5), [3.5]),
        ("numbers", image(3), [1, 2.5], [1, 2.5]),
        ("map", image(1, 2, 3), MAP, MAP[None]),
        ("map", image(1, 2, 3), MAP[None], MAP[None]),
        ("depth", image(1, 2, 3), MAP, MAP[None]),
    ],
)
def test_the_axis_of_a_single_number_may_be_left_out(task, value, target, expected):
    sample = read("python", task, (value, target)).sample(0)
    assert sample.target.dtype == np.float32
    assert sample.target.tolist() == np.asarray(expected).tolist()
    assert sample.counted is None


@pytest.mark.parametrize(
    ("task", "value", "target", "shown", "help"),
    [
        (
            "flow",
            image(1, 2, 3),
            MAP,
            "flow is an array of the shape [2, 3]",
            "give flows [2, H, W]: pixels to the right and down",
        ),
        (
            "flow",
            image(1, 2, 3),
            np.zeros((3, 2, 3)),
            "flow is an array of the shape [3, 2, 3]",
            "give flows [2, H, W]: pixels to the right and down",
        ),
        ("map", image(1, 4, 6), MAP, "map has the shape [1, 2, 3], but its pixels are 4 x 6", "give [..., 4, 6]"),
        ("labels", image(1, 3, 2), MAP, "labels has the shape [2, 3], but its pixels are 3 x 2", "give [..., 3, 2]"),
        (
            "flow",
            image(1, 2, 4),
            np.zeros((2, 2, 3)),
            "flow has the shape [2, 2, 3], but its pixels are 2 x 4",
            "give [..., 2, 4]",
        ),
        *(
            (
                "labels",
                image(1, 2, 3),
                MAP + wrong,
                "labels is an array of the shape [2, 3]",
                "give a map [H, W] of whole numbers",
            )
            for wrong in (np.inf, -np.inf, np.nan, 0.5)
        ),
        ("map", image(1, 2, 3), MAP[0], "map is array([0., 1., 2.])", "give numbers [K, H, W], or [H, W]"),
        (
            "depth",
            image(1, 1, 1),
            np.zeros((2, 1, 1)),
            "depth is an array of the shape [2, 1, 1]",
            "give depths [1, H, W], or [H, W]",
        ),
        (
            "numbers",
            image(3),
            np.zeros((1, 1, 1)),
            "numbers is an array of the shape [1, 1, 1]",
            "give numbers [K], or [T, K] for time steps",
        ),
    ],
)
def test_targets_of_another_form(task, value, target, shown, help):
    with pytest.raises(DataError) as error:
        read("python", task, (value, target))
    assert error.value.summary == f"a.sdhs:2:1: sample 0 of the training set: its {shown}"
    assert error.value.help == help


@pytest.mark.parametrize(
    ("task", "targets", "kind", "classes"),
    [
        ("step_class", [[0, 2, 1, 0], [1, 1]], np.int64, ("0", "1", "2")),
        ("step_class", [np.array([1.0, 0.0, 0.0, 1.0]), np.array([1, 0])], np.int64, ("0", "1")),
        ("numbers", [[[0.5, 1], [2, 3], [4, 5], [6, 7]], [[1, 2], [3, np.nan]]], np.float32, ()),
    ],
)
def test_targets_of_the_last_time_steps(task, targets, kind, classes):
    part = read("python_steps", task, *((image(len(target), 3), target) for target in targets))
    assert part.about.classes == classes
    for index, target in enumerate(targets):
        sample = part.sample(index)
        assert sample.target.dtype == kind
        assert np.array_equal(sample.target, target, equal_nan=kind is np.float32)
        assert sample.counted.tolist() == [True] * len(target)
    assert part.class_numbers() is None


def test_targets_of_fewer_steps_than_the_sample_has():
    sample = read("python_steps", "step_class", (image(5, 3), [0, 1, 1])).sample(0)
    assert (sample.steps, sample.target.tolist(), sample.counted.tolist()) == (5, [0, 1, 1], [True] * 3)


def test_classes_of_the_steps_of_events():
    events = np.zeros(4, [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "?")])
    events["t"] = range(4)
    sample = read("python_events  sensor = [2, 2]  steps = 2", "step_class", (events, [1, 0])).sample(0)
    assert (sample.target.tolist(), sample.counted.tolist()) == ([1, 0], [True, True])


KNOWN = "give finite numbers, or NaN where one isn't known"
WHOLE = "give a list [T] of whole numbers, counted from 0: the classes of the time steps"


@pytest.mark.parametrize(
    ("source", "task", "pairs", "why", "help"),
    [
        ("python_steps", "step_class", [(image(2, 3), [0, -1])], "0 of the training set: its step_class is [0, -1]", WHOLE),
        (
            "python_steps",
            "step_class",
            [(image(2, 3), np.array([0, -1]))],
            "0 of the training set: its step_class is array([ 0, -1])",
            WHOLE,
        ),
        ("python_steps", "step_class", [(image(2, 3), [0, 0.5])], "0 of the training set: its step_class is [0, 0.5]", WHOLE),
        (
            "python_steps",
            "step_class",
            [(image(2, 3), [0, np.inf])],
            "0 of the training set: its step_class is [0, inf]",
            WHOLE,
        ),
        ("python_steps", "step_class", [(image(2, 3), 1)], "0 of the training set: its step_class is 1", WHOLE),
        ("python_steps", "step_class", [(image(2, 3), [])], "0 of the training set: its step_class is []", WHOLE),
        (
            "python_steps",
            "step_class",
            [(image(2, 3), [0, 1, 1])],
            "0 of the training set: it has 3 targets, but 2 time steps",
            "give one for each step, or for the last steps",
        ),
        (
            "python",
            "numbers",
            [(image(3), [[1.0], [2.0]])],
            "0 of the training set: it has 2 targets, but no time steps",
            "write `source = python_steps` in the data set, and give samples with time steps",
        ),
        ("python", "numbers", [(image(3), np.nan), (image(3), np.inf)], "1 of the training set: its numbers is inf", KNOWN),
        ("python", "numbers", [(image(3), [1.0, -1e39])], "0 of the training set: its numbers is [1.0, -1e+39]", KNOWN),
        (
            "python",
            "map",
            [(image(1, 2, 3), np.where(MAP == 4, np.inf, MAP))],
            "0 of the training set: its map is an array of the shape [2, 3]",
            KNOWN,
        ),
        (
            "python_steps",
            "numbers",
            [(image(2, 3), [[1.0], [2.0]]), (image(2, 3), [1.0])],
            "1 of the training set: it has one target, but sample 0 one for each time step",
            "give all samples one target, or all those of their time steps",
        ),
    ],
)
def test_targets_that_fit_no_steps(source, task, pairs, why, help):
    with pytest.raises(DataError) as error:
        read(source, task, *pairs)
    assert (error.value.summary, error.value.help) == (f"a.sdhs:2:1: sample {why}", help)
