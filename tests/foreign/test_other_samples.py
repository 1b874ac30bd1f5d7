"""Code that exchanges time steps and samples, and gives them back in a wrong order, whatever numbers of both an example has."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

neuron = pytest.importorskip("spikingjelly.activation_based.neuron")


class Exchanged(nn.Module):
    """A layer of neurons, whose spikes at all steps, [T, N, C], are exchanged; then a linear layer."""

    def __init__(self, change):
        super().__init__()
        self.neurons, self.last, self.change = neuron.LIFNode(step_mode="m", v_threshold=0.3), nn.Linear(4, 2), change

    def forward(self, x):
        return self.change(self.last(self.neurons(x)))


def imported(change, steps, samples):
    torch.manual_seed(0)
    return spikegraph.from_torch(Exchanged(change), 2 * torch.rand(steps, samples, 4), multi_step=True)


@pytest.mark.parametrize(
    ("steps", "samples", "other"),
    [
        (4, 4, "2 samples in place of 4"),
        (3, 1, "2 samples in place of 1"),
        (1, 2, "4 samples in place of 2 and 3 time steps in place of 1"),
        (1, 1, "2 samples in place of 1 and 3 time steps in place of 1"),
    ],
)
def test_steps_and_samples_in_a_wrong_order(steps, samples, other):
    with pytest.raises(ForeignError, match=f"with {other} the module's result differs from the spec's"):
        imported(lambda y: y.transpose(0, 1).reshape(y.shape), steps, samples)


@pytest.mark.parametrize(("steps", "samples"), [(4, 4), (3, 1), (1, 2)])
def test_steps_and_samples_that_are_exchanged_back(steps, samples):
    found = imported(lambda y: y.transpose(0, 1).contiguous().transpose(0, 1), steps, samples)
    assert found.compared.steps == steps


class OneStep(nn.Module):
    """A module whose code has the one time step of its inputs; `change` is done with the neurons' spikes, [1, N, C]."""

    def __init__(self, change):
        super().__init__()
        self.first, self.neurons, self.change = nn.Linear(4, 4), neuron.LIFNode(step_mode="m", v_threshold=0.3), change

    def forward(self, x):
        return self.change(self.neurons(self.first(x.flatten(0, 1)).reshape(1, -1, 4)))


def test_one_time_step_in_the_code():
    """Other numbers of steps can't be compared, but another number of samples with one step is."""
    torch.manual_seed(0)
    inputs = 2 * torch.rand(1, 2, 4)
    assert spikegraph.from_torch(OneStep(lambda y: y.sum(0) / 1), inputs, multi_step=True).compared.steps == 1
    with pytest.raises(ForeignError, match="with 4 samples in place of 2 the module's result differs"):
        spikegraph.from_torch(
            OneStep(lambda y: y.sum(0).view(2, -1).T.reshape(-1, 4) if len(y[0]) > 2 else y.sum(0)), inputs, multi_step=True
        )
