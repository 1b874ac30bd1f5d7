"""Modules of snnTorch that can't be imported: each gives one clear message."""

import pytest
import snntorch
import torch
from snntorch import surrogate
from torch import nn

from .refused import Net, Refused, Step, says

refused = Refused()


def leaky(**options):
    """One step of a neuron."""
    return Step(snntorch.Leaky(**{"beta": 0.9} | options)), torch.rand(2, 3)


@refused("`lif`, Leaky: its `beta` is learned, in another way than the language learns it (help: use learn_beta=False)")
def learned_beta():
    return leaky(learn_beta=True)


@refused(
    "`lif`, Leaky: its `threshold` is learned, in another way than the language learns it (help: use learn_threshold=False)"
)
def learned_threshold():
    return leaky(learn_threshold=True)


@refused("`lif`, Leaky: each of its neurons has a `beta` of its own (help: use one number for all)")
def several_betas():
    return leaky(beta=torch.tensor([0.5, 0.6, 0.7, 0.8]))


@refused("`lif`, Leaky: each of its neurons has a `threshold` of its own (help: use one number for all)")
def several_thresholds():
    return leaky(threshold=torch.tensor([0.5, 0.6, 0.7, 0.8]))


@refused("`lif`, Leaky: its neurons inhibit each other, which the language doesn't have (help: use inhibition=False)")
def inhibition():
    with pytest.warns(UserWarning, match="unstable feature"):
        return leaky(inhibition=True)


@refused("`lif`, Leaky: its state is quantised, which the language doesn't have (help: use state_quant=False)")
def quantised():
    return leaky(state_quant=lambda state: state.round())


@refused("`lif`, Leaky: its spikes are 2, not 1 (help: use graded_spikes_factor=1.0)")
def graded_spikes():
    return leaky(graded_spikes_factor=2.0)


@refused(
    "`lif`, Leaky: its `graded_spikes_factor` is learned, in another way than the language learns it "
    "(help: use learn_graded_spikes_factor=False)"
)
def learned_graded_spikes():
    return leaky(learn_graded_spikes_factor=True)


@refused("`lif`, Leaky: it fires without a reset (help: use reset_mechanism='subtract' or 'zero')")
def without_reset():
    return leaky(reset_mechanism="none")


@refused(
    "`lif`, Leaky: with reset_delay=False it resets in the step of the spike, in a way that the language doesn't have "
    "(help: use reset_delay=True)"
)
def reset_at_once():
    return leaky(reset_delay=False)


@refused(
    "`lif`, Leaky: with reset_delay=False it resets in the step of the spike, in a way that the language doesn't have "
    "(help: use reset_delay=True)"
)
def zero_reset_at_once():
    return leaky(reset_delay=False, reset_mechanism="zero")


@refused(
    "`lif`, Leaky: its surrogate `triangular` isn't known, and arctan takes its place "
    "(help: use one of fast_sigmoid, atan, sigmoid; or ask for an approximation)"
)
def unknown_surrogate():
    return leaky(spike_grad=surrogate.triangular())


@refused(
    "`lif`, Leaky: its surrogate `custom_surrogate` isn't known, and arctan takes its place "
    "(help: use one of fast_sigmoid, atan, sigmoid; or ask for an approximation)"
)
def surrogate_of_ones_own():
    return leaky(spike_grad=surrogate.custom_surrogate(lambda x, gradient, spikes: gradient))


@refused("`lif`, Leaky: its threshold is -1 (help: use a threshold above 0)")
def negative_threshold():
    return leaky(threshold=-1.0)


@refused("`lif`, Leaky: its threshold is inf (help: use a finite number)")
def infinite_threshold():
    return leaky(threshold=float("inf"))


@refused("`lif`, Alpha: there is no adapter for this layer (help: use Leaky, Synaptic or RLeaky, or register an adapter)")
def alpha_neuron():
    class Alpha(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.lif = nn.Linear(3, 4), snntorch.Alpha(alpha=0.9, beta=0.8)

        def forward(self, x, exc=None, inh=None, mem=None):
            return self.lif(self.fc(x), exc, inh, mem)

    return Alpha(), torch.rand(2, 3)


@refused("`lif`, Lapicque: there is no adapter for this layer (help: use Leaky, Synaptic or RLeaky, or register an adapter)")
def lapicque():
    return Step(snntorch.Lapicque(beta=0.9)), torch.rand(2, 3)


@refused("`lif`, SLSTM: there is no adapter for this layer (help: use Leaky, Synaptic or RLeaky, or register an adapter)")
def spiking_lstm():
    return Net(lambda self, x: self.lif(x)[0], lif=snntorch.SLSTM(3, 4)), torch.rand(2, 3)


@refused(
    "`lif`, LeakyParallel: there is no adapter for this layer (help: use Leaky, Synaptic or RLeaky, or register an adapter)"
)
def leaky_parallel():
    return Net(lambda self, x: self.lif(x), lif=snntorch.LeakyParallel(3, 4)), torch.rand(5, 2, 3), {"multi_step": True}


@refused("`lif`, RLeaky: each neuron has a connection to itself alone (help: use all_to_all=True)")
def one_to_one_recurrence():
    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.lif = snntorch.RLeaky(beta=0.9, all_to_all=False, V=0.5)

        def forward(self, x, spk=None, mem=None):
            return self.lif(x, spk, mem)

    return One(), torch.rand(2, 3)


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
