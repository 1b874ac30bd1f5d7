"""Neurons written by hand are those of their module also where a leaky integrate-and-fire neuron is another one."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .refused import Net


class Reached(torch.autograd.Function):
    """Fires when 0 is reached; its gradient is that of a fast sigmoid."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx, *gradients):
        return gradients[0] / (1 + ctx.saved_tensors[0].abs()) ** 2


fire = Reached.apply


def soft(v, i):
    u = 0.5 * v + i
    y = fire(u - 1)
    return u - y, y


def clamped_potential(v, i):
    u = (0.5 * v + i).clamp(min=-3.0)
    y = fire(u - 1)
    return u * (1 - y), y


def clamped_above(v, i):
    u = (0.5 * v + i).clamp(max=5.0)
    y = fire(u - 1)
    return u - y, y


def clamped_integrator(v, i):
    v = (0.9 * v + i).clamp(-10, 10)
    return v, v


def clamped_current(v, i):
    return soft(v, i.clamp(-20, 20))


def two_resets(v, i):
    u = 0.5 * v + i
    y = fire(u - 1)
    return torch.where(u > 8, 3.0, u * (1 - y)), y


class Looped(nn.Module):
    """A linear layer, and neurons whose next potential and result are functions of potential and current."""

    def __init__(self, step):
        super().__init__()
        self.fc, self.step = nn.Linear(6, 5), step

    def forward(self, x):
        v, results = torch.zeros(x.shape[1], 5), []
        for now in x:
            v, y = self.step(v, self.fc(now))
            results.append(y)
        return torch.stack(results)


class Counting(Looped):
    """Neurons that stay at 0 from the seventh step on."""

    def forward(self, x):
        v, n, results = torch.zeros(x.shape[1], 5), torch.zeros(x.shape[1], 5), []
        for now in x:
            n = n + 1
            v, y = self.step(v, self.fc(now))
            v = torch.where(n > 6.5, v * 0, v)
            results.append(y)
        return torch.stack(results)


RECURRENCES = [Looped(f) for f in (clamped_potential, clamped_above, clamped_integrator, clamped_current, two_resets)]


@pytest.mark.parametrize("module", [*RECURRENCES, Counting(soft)], ids=lambda m: f"{type(m).__name__}-{m.step.__name__}")
def test_large_currents_and_many_steps(module):
    torch.manual_seed(0)
    module.fc.reset_parameters()
    found = spikegraph.from_torch(module, torch.randn(4, 3, 6))
    x = 30 * torch.randn(12, 5, 6)
    assert torch.allclose(found.model()(x), module(x), rtol=0, atol=1e-4)


class Between(Reached):
    """Fires in a window whose upper end no example reaches."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return ((x > 0) & (x < 80)).to(x.dtype)


def test_a_function_that_fires_up_to_a_large_potential():
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(Net(lambda _, x: Between.apply(x)), torch.rand(2, 3))
    assert "Between: it doesn't rise once from 0 to 1" in str(told.value)


class Decaying(nn.Module):
    """Neurons with a decay that is a function of a learned number."""

    def __init__(self, decay):
        super().__init__()
        self.fc, self.w, self.decay = nn.Linear(6, 5), nn.Parameter(torch.tensor(0.4)), decay

    def forward(self, x):
        v, results = torch.zeros(x.shape[1], 5), []
        for now in x:
            v = self.decay(self.w) * v + self.fc(now)
            y = fire(v - 1)
            v = v - y
            results.append(y)
        return torch.stack(results)


@pytest.mark.parametrize(("decay", "plain"), [(torch.sigmoid, True), (lambda w: torch.sigmoid(w).clamp(0.1, 0.9), False)])
def test_a_learned_decay_stays_what_it_is_when_it_is_trained(decay, plain):
    torch.manual_seed(0)
    module = Decaying(decay)
    found = spikegraph.from_torch(module, torch.randn(4, 3, 6))
    assert ("model" not in found.spec) == plain
    model, x = found.model(), 2 * torch.randn(12, 5, 6)
    with torch.no_grad():
        next(p for p in model.parameters() if p.numel() == 1).fill_(4.0)
        module.w.fill_(4.0)
    assert torch.allclose(model(x), module(x), rtol=0, atol=1e-5)


def adapted(_, x):
    v, a, results = torch.zeros_like(x[0]), torch.zeros_like(x[0]), []
    for now in x:
        v = 0.5 * v + now
        y = fire(v - (1 + 0.25 * a))
        a, v = 0.5 * a + y, v * (1 - y)
        results.append(y)
    return torch.stack(results)


@pytest.mark.parametrize(
    ("compute", "shape"),
    [(adapted, (3, 1, 4)), (lambda _, x: fire(x), (1, 4)), (lambda _, x: (x >= 0).float(), (1, 4))],
    ids=["adapted", "function", "comparison"],
)
def test_a_threshold_of_0_that_is_reached(compute, shape):
    """Numbers that are exact in float32, so that potentials are their thresholds."""
    module = Net(compute)
    model = spikegraph.from_torch(module, torch.randn(shape, generator=torch.Generator().manual_seed(0))).model()
    x = torch.tensor([-0.25, 0.0, 1.0, 1.25]).expand(shape).contiguous()
    assert torch.equal(model(x).reshape(shape), module(x))


def test_a_threshold_is_reached_whatever_its_product_with_the_gain_is_rounded_to():
    """1.2 / 0.2 * 0.2 is below 1.2 in floating-point numbers."""

    def step(v, i):
        u = v + (i - v) / 5.0
        y = fire(u - 1.2)
        return u * (1 - y), y

    found = spikegraph.from_torch(Looped(step), torch.randn(4, 3, 6, generator=torch.Generator().manual_seed(0)))
    assert "reached" in found.spec
    assert "model" not in found.spec
