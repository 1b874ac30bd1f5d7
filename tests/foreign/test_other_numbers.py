"""Networks that are taken over compute as their modules for other numbers of time steps and samples than the example's."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .examples import example, taken_over
from .refused import Net, said


class Summed(nn.Module):
    """Spikes of neurons that are compared with a threshold, and what is made of all of them."""

    def __init__(self, whole):
        super().__init__()
        self.first, self.head, self.whole = nn.Linear(3, 4), nn.Linear(4, 2), whole

    def forward(self, x):  # [T, N, 3]
        potential, each, added = 0, [], 0
        for now in x:
            potential = 0.5 * potential + self.first(now)
            spikes = (potential > 1).float()
            potential = potential * (1 - spikes)
            each.append(self.head(spikes))
            added = added + self.head(spikes)
        return self.whole(torch.stack(each), added)


SUMS = {
    "stacked": (lambda each, _: each.sum(0), "reduce(over = time, by = sum)"),
    "added": (lambda _, added: added, "reduce(over = time, by = sum)"),
    "divided by a number": (lambda _, added: added / 10, "reduce(over = time, by = sum) -> scale(0.1)"),
    "taken twice": (lambda each, _: each.sum(0) * torch.sigmoid(each.sum(0)), "reduce(over = time, by = sum)"),
    "divided by the steps": (lambda each, _: each.sum(0) / len(each), "mean(time)"),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums_over_any_number_of_time_steps(name):
    torch.manual_seed(3)
    whole, text = SUMS[name]
    module = Summed(whole)
    found = spikegraph.from_torch(module, 4 * example(4, 2, 3))
    assert text in found.spec
    model = found.model()
    for steps in (3, 4, 7):
        other = 4 * example(steps, 5, 3, seed=steps)
        with torch.no_grad():
            assert torch.allclose(model(other), module(other), rtol=0, atol=1e-5)


@pytest.mark.parametrize("by", [lambda x: x.shape[0], lambda x: 1 / x.shape[0]], ids=["divided", "multiplied"])
def test_the_number_of_samples_is_no_constant(by):
    module = Net(lambda self, x: self.fc(x) / by(x), fc=nn.Linear(3, 2))
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(module, example(2, 3))
    assert said(told.value) == (
        "the module's code computes with the number of samples: of one sample it gives something else beside others "
        "(help: compute of each sample alone; a division by the number of samples belongs to the loss)"
    )


def test_a_constant_is_no_number_of_samples():
    assert "scale(0.5)" in taken_over(Net(lambda self, x: self.fc(x) / 2, fc=nn.Linear(3, 2)), example(2, 3)).spec
    of_two = Net(lambda self, x: self.fc(x.view(2, 12)) / 2, fc=nn.Linear(12, 2))
    assert "scale(0.5)" in taken_over(of_two, example(2, 3, 2, 2)).spec


def test_numbers_that_are_seldom_dropped_in_evaluation():
    """One number is there to be dropped: two calls are often equal by chance."""
    for seed in range(4):
        torch.manual_seed(seed)
        module = Net(lambda self, x: self.out(F.dropout(self.fc(x), 0.1)), fc=nn.Linear(3, 1), out=nn.Linear(1, 2))
        with pytest.raises(ForeignError) as told:
            spikegraph.from_torch(module, example(1, 3))
        assert "dropout" in str(told.value)


def test_a_result_that_is_changed_in_place_later():
    """The result of an activation is compared as it was, before code adds to it."""

    def compute(self, x):
        y = self.act(self.fc(x))
        y += x
        return self.out(y)

    module = Net(compute, fc=nn.Linear(3, 3), act=nn.GELU(), out=nn.Linear(3, 2))
    assert taken_over(module, example(2, 3)).compared.neurons == 1


def spiking(compute):
    """Spikes of a linear layer at all steps, [T, N, 4], and what is computed with them and the inputs."""

    def whole(self, x):
        u, spikes = 0, []
        for now in x:
            u = 0.5 * u + self.fc(now)
            y = (u > 1).float()
            u = u - y
            spikes.append(y)
        return compute(torch.stack(spikes), x)

    return Net(whole, fc=nn.Linear(3, 4))


def scaled_current(self, x):
    u, spikes = 0, []
    for now in x:
        u = 0.5 * u + self.fc(now) * (1 / x.shape[0])
        y = (u > 1).float()
        u = u - y
        spikes.append(y)
    return torch.stack(spikes)


COMPUTED = {
    "a factor": lambda y, x: y.sum(0) * (1 / x.shape[0]),
    "twice the number": lambda y, x: y.sum(0) / (2 * x.shape[0]),
    "a mean times the number": lambda y, x: y.mean(0) * x.shape[0],
    "the example's number": lambda y, _: y.sum(0) / 4,
}


@pytest.mark.parametrize("name", [*COMPUTED, "a factor of each step"])
@pytest.mark.parametrize("samples", [2, 4])
def test_the_number_of_steps_is_no_constant(name, samples):
    torch.manual_seed(0)
    module = spiking(COMPUTED[name]) if name in COMPUTED else Net(scaled_current, fc=nn.Linear(3, 4))
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(module, 4 * example(4, samples, 3))
    assert said(told.value).startswith(
        "the module computes with the number of time steps: with 5 in place of 4 its result isn't the spec's (help: "
    )


def test_code_that_takes_the_steps_of_its_example():
    """It can't be called with others, or ignores them."""
    torch.manual_seed(0)

    def grouped(y, _):
        return y.flatten(0, 1).view(4, -1, 4).mean(0) * 0.5

    assert "scale(0.5)" in spikegraph.from_torch(spiking(grouped), 4 * example(4, 4, 3)).spec
    first = spiking(lambda y, _: y.mean(0))
    first = Net(lambda self, x: self.inner(x[:4]), inner=first)
    assert "mean(time)" in spikegraph.from_torch(first, 4 * example(4, 4, 3)).spec


@pytest.mark.parametrize("seed", range(3))
def test_inputs_divided_by_the_number_of_steps(seed):
    """Few spikes differ: with any weights one of several inputs shows it."""
    torch.manual_seed(seed)
    inner = spiking(lambda y, _: y)
    with pytest.raises(ForeignError, match="the module computes with the number of time steps"):
        spikegraph.from_torch(Net(lambda self, x: self.inner(x / x.shape[0]), inner=inner), torch.randn(4, 2, 3))
