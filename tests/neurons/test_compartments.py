"""Models with several currents, compared with their equations written as loops: spikes, states, gradients, in float64."""

import pytest
import torch
from torch import nn

from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron, with_numbers
from spikegraph.ir.surrogates import Surrogate

SHAPE = (9, 2, 3, 4)


class Spike(torch.autograd.Function):
    """1 where x is above 0; the derivative is that of the surrogate arctan(b = 3), 1 / (1 + (pi * x)^2)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):  # pyright: ignore[reportIncompatibleMethodOverride]
        (x,) = ctx.saved_tensors
        return grad / (1 + (torch.pi * x) ** 2)


def long_scales(dendrite, soma, b1=0.5, b2=0.5, gamma=0.5):
    """Zhang et al., AAAI 2024, Eqs. 9 and 10: the dendrite loses what the soma has, and gamma after a spike."""
    d = s = y = torch.zeros_like(dendrite[0])
    for x, z in zip(dendrite, soma, strict=True):
        d = d - b1 * s + x - gamma * y
        u = s + b2 * d + z
        y = Spike.apply(u - 1)
        s = u - y
        yield y, (d, s, y)


def coupled(dendrite, soma):
    d = v = y = torch.zeros_like(dendrite[0])
    for x, z in zip(dendrite, soma, strict=True):
        d = 0.9 * d + 0.1 * x + 0.1 * y
        u = 0.5 * v + 0.5 * d + z
        y = Spike.apply(u - 1)
        v = u * (1 - y)
        yield y, (d, v, y)


def branches(first, second):
    """Zheng et al. 2024: each branch has its own time constant; a soft reset."""
    a = b = v = torch.zeros_like(first[0])
    for x, z in zip(first, second, strict=True):
        a, b = 0.3 * a + 0.7 * x, 0.9 * b + 0.1 * z
        u = 0.5 * v + 0.5 * (a + b)
        y = Spike.apply(u - 1)
        v = u - y
        yield y, (a, b, v)


@pytest.mark.parametrize(("name", "loop"), [("tclif", long_scales), ("two_compartment", coupled), ("dendrite", branches)])
def test_spikes_states_and_gradients(name, loop):
    n = with_numbers(default_neuron(NEURON_MODELS[name]), {"surrogate": Surrogate(name="arctan", b=3.0)})
    weights = nn.Module()
    for key, shape in n.weights(SHAPE[2]).items():
        weights.register_parameter(key, nn.Parameter(torch.full(shape, n.initial()[key], dtype=torch.float64)))
    generator = torch.Generator().manual_seed(2)
    x, z = (2 * torch.randn(SHAPE, generator=generator, dtype=torch.float64) for _ in range(2))
    found = []
    for ours in (True, False):
        first, second = x.clone().requires_grad_(), z.clone().requires_grad_()
        if ours:
            spikes, states = neurons(resolved(n), first, None, weights, [second])
        else:
            steps = list(loop(first, second))
            spikes, states = torch.stack([y for y, _ in steps]), steps[-1][1]
        total = (spikes * x).sum() + sum((k + 2) * s.sum() for k, s in enumerate(states))
        found.append([spikes.detach(), *(s.detach() for s in states), *torch.autograd.grad(total, [first, second])])
    assert 0.05 < found[0][0].mean() < 0.95
    assert torch.equal(found[0][0], found[1][0])
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
