"""Examples of inputs, and modules that are taken over."""

import torch

import spikegraph


def taken_over(module, example, **options):
    found = spikegraph.from_torch(module, example, **options)
    assert found.compared.silent == 0
    assert found.compared.gradients == sum(1 for _ in module.parameters())
    return found


def example(*size, seed=0):
    return torch.rand(size, generator=torch.Generator().manual_seed(seed))
