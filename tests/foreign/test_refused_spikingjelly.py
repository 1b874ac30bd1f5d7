"""Layers of SpikingJelly that can't be imported: each gives one clear message."""

import pytest
import torch
from spikingjelly.activation_based import layer, neuron, surrogate
from torch import nn

from .refused import Refused, after_linear, says

refused = Refused()


@refused(
    "`1`, IzhikevichNode: there is no adapter for this layer "
    "(help: use IFNode, LIFNode or ParametricLIFNode, or register an adapter)"
)
def izhikevich_neuron():
    return after_linear(neuron.IzhikevichNode())


@refused(
    "`1`, GatedLIFNode: there is no adapter for this layer "
    "(help: use IFNode, LIFNode, ParametricLIFNode or layers without a state, or register an adapter)"
)
def gated_neuron():
    return after_linear(neuron.GatedLIFNode(T=5), mode="m")


@refused("`1`, PSN: its first dimension isn't that of the time steps (help: give it [T, N, C, ...])")
def parallel_neuron_of_one_sample():
    return nn.Sequential(nn.Linear(3, 4), neuron.PSN(5)), torch.rand(5, 3), {"multi_step": False}


@refused(
    "`1`, MaskedPSN: there is no adapter for this layer "
    "(help: use IFNode, LIFNode, ParametricLIFNode or layers without a state, or register an adapter)"
)
def masked_parallel_neuron():
    net = nn.Sequential(layer.Linear(3, 4, step_mode="m"), neuron.MaskedPSN(2, 5, step_mode="m"))
    return net, torch.rand(5, 2, 3)


@refused(
    "`1`, Late: there is no adapter for this layer (help: use IFNode, LIFNode or ParametricLIFNode, or register an adapter)"
)
def subclass_that_computes_otherwise():
    class Late(neuron.LIFNode):
        def single_step_functional_forward(self, inputs, states, **options):
            spikes, states = super().single_step_functional_forward(inputs, states, **options)
            return spikes, (0.5 * states[0],)

    return after_linear(Late())


@refused("`1`, LIFNode: its surrogate takes the place of its spikes (help: use spiking=True)")
def surrogate_without_spikes():
    return after_linear(neuron.LIFNode(surrogate_function=surrogate.ATan(spiking=False)))


@refused(
    "`1`, LIFNode: its surrogate `LeakyKReLU` isn't known, and arctan takes its place "
    "(help: use one of Sigmoid, ATan, SoftSign, Erf, PiecewiseQuadratic, PiecewiseExp, Rect; or ask for an "
    "approximation)"
)
def unknown_surrogate():
    return after_linear(neuron.LIFNode(surrogate_function=surrogate.LeakyKReLU()))


@refused("`1`, IFNode: its threshold, 0.5, isn't above its reset, 1 (help: use a threshold above the reset)")
def threshold_below_reset():
    return after_linear(neuron.IFNode(v_threshold=0.5, v_reset=1.0))


@refused("`1`, IFNode: its threshold is inf (help: use a finite number)")
def infinite_threshold():
    return after_linear(neuron.IFNode(v_threshold=float("inf")))


@refused("`1`, IFNode: its threshold is nan (help: use a finite number)")
def nan_threshold():
    return after_linear(neuron.IFNode(v_threshold=float("nan")))


@refused("`1`, IFNode: its threshold, -1, isn't above its reset, 0 (help: use a threshold above the reset)")
def negative_threshold():
    return after_linear(neuron.IFNode(v_threshold=-1.0, v_reset=None))


@refused("`1`, LIFNode: its tau is 0.5: the potential would change its sign at each step (help: use tau >= 1)")
def tau_below_one():
    node = neuron.LIFNode()
    node.tau = 0.5
    return after_linear(node)


@refused("`0.1`, Mish: the language has no such layer (help: use ReLU, LeakyReLU or a spiking neuron)")
def container():
    net = nn.Sequential(layer.SeqToANNContainer(nn.Conv2d(3, 4, 3), nn.Mish()), neuron.LIFNode(step_mode="m"))
    return net.eval(), torch.rand(5, 2, 3, 8, 8)


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
