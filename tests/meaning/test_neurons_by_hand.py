"""Neurons of one channel whose spikes and potentials were computed by hand from the equations of docs/language.md."""

import numpy as np
import pytest
from one_reference import result, traced

ALIF = [{"name": "adaptation", "value": 0.5}, {"name": "adaptation_decay", "value": 0.5}]

COUNTS = {"decay": 0, "threshold": 1, "levels": 3}

CASES = {
    "hard": ({"decay": 0.5, "threshold": 1}, [0.75, 0.75, 0.5], [0.75, 1.125, 0.5], [0, 1, 0]),
    "soft": ({"decay": 0.5, "threshold": 1, "reset": "soft"}, [1.5, 0.5, 1.0], [1.5, 0.75, 1.375], [1, 0, 1]),
    "late": ({"decay": 0.5, "threshold": 1, "reset": "late"}, [1.5, 0.5, 1.0], [1.5, 0.25, 1.125], [1, 0, 1]),
    "a spike above the threshold": ({"decay": 0, "threshold": 1}, [1.0, 1.25], [1.0, 1.25], [0, 1]),
    "a spike at the threshold": ({"decay": 0, "threshold": 1, "spike_at": "reached"}, [1.0, 0.75], [1.0, 0.75], [1, 0]),
    "levels": ({"decay": 0.5, "threshold": 1, "levels": 3}, [2.5, 9.0, 1.0], [2.5, 9.0, 1.0], [2, 3, 0]),
    "levels, soft": (
        {"decay": 0.5, "threshold": 1, "levels": 3, "reset": "soft"},
        [2.5, 9.0, 1.0],
        [2.5, 9.25, 4.125],
        [2, 3, 3],
    ),
    "nearest": ({**COUNTS, "spike_at": "nearest"}, [0.25, 0.75, 2.75], [0.25, 0.75, 2.75], [0, 1, 3]),
    "half-way": ({**COUNTS, "spike_at": "nearest"}, [0.5, 1.5, 2.5], [0.5, 1.5, 2.5], [0, 2, 2]),
    "never": ({"decay": 0.5, "fires": False}, [1.0, 1.0, -1.0], [1.0, 1.5, -0.25], [1.0, 1.5, -0.25]),
    "decay_input": ({"decay": 0.75, "threshold": 1, "decay_input": True}, [2.0, 4.0], [0.5, 1.375], [0, 1]),
    "alif": (
        {"model": "alif", "decay": 0, "threshold": 1, "constants": ALIF},
        [1.25, 1.25, 1.125, 1.5],
        [1.25, 1.25, 1.125, 1.5],
        # trace 0, 1, 0.5, 0.25: thresholds 1, 1.5, 1.25, 1.125
        [1, 0, 0, 1],
    ),
    "cuba": (
        {"model": "cuba", "decay": 0.5, "threshold": 1, "constants": [{"name": "current_decay", "value": 0.5}]},
        [1.0, 0.25, 0.0],
        [1.0, 1.25, 0.375],
        [0, 1, 0],
    ),
    "relu": ({"model": "relu", "constants": [{"name": "slope", "value": 0.25}]}, [2.0, -2.0], [2.0, -0.5], [2.0, -0.5]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_model(name):
    neuron, current, potentials, wanted = CASES[name]
    op = "graded" if "fires" in neuron or neuron.get("model") == "relu" else "neuron"
    trace = traced(op, {"neuron": neuron}, np.reshape(current, (-1, 1, 1)))
    assert trace.potentials["y"].ravel().tolist() == potentials
    assert trace.outputs["y"].ravel().tolist() == wanted


def test_learned_numbers_are_a_sigmoid_and_an_exponential_for_each_channel():
    neuron = {"decay": 0.5, "threshold": 1, "learned": [{"name": "decay", "per": "channel"}, {"name": "threshold"}]}
    weights = {"decay": [0.0, np.log(3.0)], "threshold": [np.log(2.0)]}  # 1/2 and 3/4; 2
    trace = traced("neuron", {"neuron": neuron}, np.full((3, 1, 2), 1.0), weights=weights)
    np.testing.assert_allclose(trace.potentials["y"][:, 0, 0], [1, 1.5, 1.75], rtol=1e-14)
    np.testing.assert_allclose(trace.potentials["y"][:, 0, 1], [1, 1.75, 2.3125], rtol=1e-14)
    assert trace.outputs["y"][:, 0].tolist() == [[0, 0], [0, 0], [0, 1]]


def test_a_potential():
    assert result("potential", {"decay": 0.5}, np.reshape([1.0, 1.0, -2.0], (3, 1, 1))).ravel().tolist() == [1.0, 1.5, -1.25]


def test_joined_neurons_have_their_own_names():
    op = {"neuron": {"decay": 0.5, "threshold": 1}, "width": 1, "b": [3.0, 5.0], "neurons": ["a", "b"]}
    trace = traced("wide_lif", op, np.full((2, 1, 2), [0.75, 2.0]))
    assert {name: x.ravel().tolist() for name, x in trace.spikes.items()} == {"a": [0, 1], "b": [1, 1]}
    assert {name: x.ravel().tolist() for name, x in trace.potentials.items()} == {"a": [0.75, 1.125], "b": [2, 2]}
