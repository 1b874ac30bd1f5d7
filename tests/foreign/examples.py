"""Examples of inputs, modules that are taken over, and what modules compute."""

import torch

import spikegraph
from spikegraph.backends.torch.foreign.exact import exact


def taken_over(module, example, **options):
    found = spikegraph.from_torch(module, example, **options)
    assert found.compared.silent == 0
    assert found.compared.gradients == sum(1 for _ in module.parameters())
    return found


def example(*size, seed=0):
    return torch.rand(size, generator=torch.Generator().manual_seed(seed))


def judged(module, x, *, swapped=False):
    """Results, with the time steps in front, and the gradient of each parameter."""
    with exact():
        results = module(x).transpose(0, 1) if swapped else module(x)
    total = (results * torch.cos(torch.arange(results.numel(), dtype=results.dtype)).view(results.shape)).sum()
    names = [name for name, _ in module.named_parameters()]
    return results, dict(zip(names, torch.autograd.grad(total, list(module.parameters())), strict=True))
