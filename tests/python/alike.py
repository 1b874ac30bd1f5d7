"""What both sides of a comparison do alike: masks of dropout, and the loss whose gradients are compared."""

import torch


def patterned(x, p=0.5):
    """In place of `Tensor.bernoulli_`: masks that don't depend on the layout of a tensor in memory."""
    numbers = torch.Generator().manual_seed(x.numel())
    return x.copy_(torch.rand(x.shape, generator=numbers, dtype=torch.float64) < p)


def loss_of(results):
    """A number that all results change, each of their numbers by another factor."""
    return sum((x * torch.linspace(-1, 1, x.numel(), dtype=x.dtype).view(x.shape)).sum() for x in results.values())
