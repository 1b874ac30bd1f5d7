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
        ("map", image(1, 2, 3), MAP[0], "target has the shape [3]", "give numbers [K, H, W], or [H, W]"),
        ("depth", image(1, 1, 1), np.zeros((2, 1, 1)), "target has the shape [2, 1, 1]", "give depths [1, H, W], or [H, W]"),
        (
            "numbers",
            image(3),
            np.zeros((1, 1, 1)),
            "target has the shape [1, 1, 1]",
            "give numbers [K], or [T, K] for time steps",
        ),
    ],
)
def test_targets_of_another_form(task, value, target, shown, help):
    with pytest.raises(DataError) as error:
        read("python", task, (value, target))
    assert error.value.summary == f"a.sdhs:2:1: sample 0 of the training set: its {shown}"
    assert error.value.help == help
