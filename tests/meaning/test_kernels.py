"""Each kernel compared with the reference, in a network of one operation; seeded weights and inputs, and ties of neurons."""

import pytest
from both_ways import compare_operation, compare_slope
from operation_cases import CASES, MAP, NEURONS, SILENT


@pytest.mark.parametrize(("name", "parameters", "shapes"), [(n, p, s) for n, p, *s in CASES], ids=str)
def test_an_operation(name, parameters, shapes):
    compare_operation(name, parameters, shapes)


STATISTICS = [(n, p, s) for n, p, *s in CASES if n in ("norm", "rate_scale")]


@pytest.mark.parametrize(("name", "parameters", "shapes"), STATISTICS, ids=str)
def test_a_norm_in_training(name, parameters, shapes):
    compare_operation(name, parameters, shapes, training=True)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("parameters", "shape"), [({"margin": 2}, MAP), ({"margin": 1, "affine": False}, (4, 3))], ids=str)
def test_a_margin(parameters, shape, training):
    """It has no gradient, which the slope of the reference would have."""
    compare_operation("norm", parameters, [shape], training=training)


@pytest.mark.parametrize("op", ["add", "concat", "mul", "attend", "cost_volume", "rate_scale"])
@pytest.mark.parametrize("static", [(0,), (1,)])
def test_an_operand_that_is_the_same_at_every_step(op, static):
    parameters = {"cost_volume": {"planes": 2}}.get(op, {})
    compare_operation(op, parameters, [MAP, MAP, MAP] if op == "attend" else [MAP, MAP], static=static)


@pytest.mark.parametrize("neuron", NEURONS, ids=str)
def test_neurons(neuron):
    compare_operation("neuron", {"neuron": neuron}, [MAP])
    if "learned" not in neuron:
        halved = {**neuron, "decay": 0.5}
        compare_operation("neuron", {"neuron": halved}, [MAP], halves=True)


@pytest.mark.parametrize("neuron", SILENT, ids=str)
def test_neurons_that_never_fire(neuron):
    compare_operation("graded", {"neuron": neuron}, [MAP])


def test_neurons_over_time():
    psn = {"model": "psn", "constants": [{"name": "bias", "value": -0.4}], "learned": [{"name": "bias", "per": "step"}]}
    compare_operation("neuron_over_time", {"neuron": psn, "steps": 3}, [MAP])
    compare_operation("neuron_over_time", {"neuron": {**psn, "fires": False}, "steps": 3}, [MAP])


@pytest.mark.parametrize("reset", ["hard", "soft"])
def test_the_compiled_neuron(reset):
    compare_operation("lif", {"neuron": {"decay": 0.6, "reset": reset}}, [MAP])
    compare_operation("lif", {"neuron": {"decay": 0.5, "reset": reset}}, [MAP], halves=True)
    compare_operation("potential", {"decay": 0.6}, [MAP])


@pytest.mark.parametrize(("name", "parameters", "shapes"), [(n, p, s) for n, p, *s in CASES], ids=str)
def test_gradients(name, parameters, shapes):
    compare_slope(name, parameters, shapes)
    if name == "norm":
        compare_slope(name, parameters, shapes, training=True)


@pytest.mark.parametrize("neuron", SILENT, ids=str)
def test_gradients_of_neurons_that_never_fire(neuron):
    compare_slope("graded", {"neuron": neuron}, [MAP])
    compare_slope("potential", {"decay": 0.6}, [MAP])
