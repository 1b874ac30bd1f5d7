"""Neurons of SpikingJelly and their surrogates are read as they compute."""

import itertools

import pytest
import torch
from torch import nn

import spikegraph

from .examples import example, taken_over


def jelly(name, mode, **keys):
    from spikingjelly.activation_based import functional, layer, neuron

    nodes = [getattr(neuron, name)(**keys) for _ in range(2)]
    module = nn.Sequential(layer.Conv2d(2, 6, 3, padding=1), nodes[0], layer.Flatten(), layer.Linear(96, 4), nodes[1])
    functional.set_step_mode(module, mode)
    return module


@pytest.mark.parametrize("mode", ["s", "m"])
@pytest.mark.parametrize(("reset", "detach"), list(itertools.product((0.0, -0.5, None), (True, False))))
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("IFNode", {}),
        ("LIFNode", {"tau": 3.0}),
        ("LIFNode", {"tau": 1.5, "decay_input": False}),
        ("ParametricLIFNode", {"init_tau": 2.5}),
        ("ParametricLIFNode", {"init_tau": 4.0, "decay_input": False}),
    ],
)
def test_a_neuron_of_spikingjelly(name, keys, reset, detach, mode):
    torch.manual_seed(0)
    module = jelly(name, mode, v_reset=reset, detach_reset=detach, v_threshold=0.6, **keys)
    found = taken_over(module, 3 * example(*((5, 2) if mode == "m" else (2,)), 2, 4, 4))
    assert found.compared.steps == (5 if mode == "m" else 4)


@pytest.mark.parametrize("name", ["Sigmoid", "ATan", "SoftSign", "Erf", "PiecewiseQuadratic", "PiecewiseExp", "Rect"])
def test_a_surrogate_of_spikingjelly(name):
    from spikingjelly.activation_based import surrogate

    torch.manual_seed(0)
    function = getattr(surrogate, name)(alpha=1.7)
    taken_over(jelly("LIFNode", "m", surrogate_function=function, v_threshold=0.5), 3 * example(4, 2, 2, 4, 4))


def test_a_window_of_spikingjelly_has_no_ends():
    """Potentials 1/2, 1 and 3/2, of which the first and the last lie at the ends of the window around the threshold of 1."""
    from spikingjelly.activation_based import neuron, surrogate

    module = nn.Sequential(neuron.IFNode(surrogate_function=surrogate.Rect(1.0), step_mode="m"))
    model = spikegraph.from_torch(module, example(1, 2, 3), multi_step=True).model()
    x = torch.tensor([[[0.5, 1.0, 1.5]]], requires_grad=True)
    model(x).sum().backward()
    assert x.grad.flatten().tolist() == [0, 1, 0]


def test_approximations_are_listed():
    from spikingjelly.activation_based import surrogate

    torch.manual_seed(0)
    module = jelly("LIFNode", "m", surrogate_function=surrogate.S2NN(), v_threshold=0.5)
    found = spikegraph.from_torch(module, 3 * example(4, 2, 2, 4, 4), approximate=True)
    assert [(c.affects, c.text) for c in found.changed] == [
        ("gradients", "`1`, LIFNode: its surrogate `S2NN` isn't known, and arctan takes its place"),
        ("gradients", "`4`, LIFNode: its surrogate `S2NN` isn't known, and arctan takes its place"),
    ]
    assert (found.compared.neurons, found.compared.gradients, found.compared.training) == (2, 0, True)
