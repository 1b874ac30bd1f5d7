"""Batch norm and means with the statistics of all processes' samples, on every device that the process group supports."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable


class Role(Enum):
    """What a process contributes to the statistics: its samples, or nothing as a stand-in; or it computes alone."""

    SAMPLES = "samples"
    STAND_IN = "stand-in"
    ALONE = "alone"


_role: ContextVar[Role] = ContextVar("role", default=Role.SAMPLES)


@contextmanager
def role(now: Role) -> Generator[None]:
    """Sets this process's role inside the block. A backward pass keeps the role of its forward pass."""
    before = _role.set(now)
    try:
        yield
    finally:
        _role.reset(before)


def share() -> float:
    """By what this process's samples count in the statistics of all: 1, or 0 for a stand-in."""
    return 0.0 if _role.get() is Role.STAND_IN else 1.0


def synchronising() -> bool:
    """Whether there are other processes whose samples count."""
    joined = _role.get() is not Role.ALONE and dist.is_available() and dist.is_initialized()
    return joined and dist.get_world_size() > 1


def numbers_of_all(number: int) -> list[int]:
    """The numbers of all processes, by rank. Every process must call it."""
    found = [0] * dist.get_world_size()
    dist.all_gather_object(found, number)  # pyright: ignore[reportUnknownMemberType]
    return found


def synchronised_norm(
    x: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, momentum: float, eps: float
) -> Tensor:
    """The batch norm of x [B, C, *size] in training, as `F.batch_norm` computes it over the x of all processes.

    Updates the running statistics; they stay the same in all processes. The derivative with respect to weight and bias is
    that of this process's outputs: its sum over the processes is the gradient.
    """
    axes = [axis for axis in range(x.dim()) if axis != 1]
    wide = x.to(running_mean.dtype)
    with torch.no_grad():
        own = share()
        mean, var, total = _of_all(wide, axes, own * x.numel() / x.shape[1])
        unbiased = var * (total / (total - 1).clamp(min=1))
        running_mean.lerp_(mean.to(running_mean.dtype), momentum)
        running_var.lerp_(unbiased.to(running_var.dtype), momentum)
        inverse = (var + eps).rsqrt().to(wide.dtype)
    y = cast("Tensor", _Normalise.apply(wide, weight, bias, mean.to(wide.dtype), inverse, total, own))  # pyright: ignore[reportUnknownMemberType]
    return y.to(x.dtype)


def mean_of_all(mean: Tensor, count: float) -> Tensor:
    """The mean of all processes' values, from this process's mean and the number of its values."""
    counted = count * share()
    own = torch.cat((mean.double() * counted, mean.new_full((1,), counted, dtype=torch.float64)))
    dist.all_reduce(own)  # pyright: ignore[reportUnknownMemberType]
    return (own[:-1] / own[-1]).to(mean.dtype)


def _of_all(x: Tensor, axes: list[int], count: float) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and biased variance of each channel over all processes' values, and how many values each has, in float64.

    Differences are taken from means, never between squares, so that a constant channel stays one.
    """
    var, mean = torch.var_mean(x, axes, correction=0)
    own = torch.cat((mean.double(), var.double(), mean.new_full((1,), count, dtype=torch.float64)))
    every = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(every, own)  # pyright: ignore[reportUnknownMemberType]
    values = torch.stack(every)
    counts, (means, variances) = values[:, -1:], values[:, :-1].chunk(2, dim=1)
    total = counts.sum()
    mean = means[0] + ((means - means[0]) * counts).sum(0) / total
    var = ((variances + (means - mean).square()) * counts).sum(0) / total
    return mean, var, total


class _Normalise(torch.autograd.Function):
    """weight * (x - mean) * inverse + bias, where mean and inverse depend on the x of all processes."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        x, weight, bias, mean, inverse, total, share = given
        shape = (1, -1, *[1] * (x.dim() - 2))
        ctx.save_for_backward(x, weight, mean, inverse, total)
        ctx.share = share
        scale = weight.to(x.dtype) * inverse
        return (x - mean.view(shape)) * scale.view(shape) + bias.to(x.dtype).view(shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        (grad,) = gradients
        x, weight, mean, inverse, total = ctx.saved_tensors
        shape, axes = (1, -1, *[1] * (x.dim() - 2)), [axis for axis in range(x.dim()) if axis != 1]
        normal = (x - mean.view(shape)) * inverse.view(shape)
        own = torch.stack((grad.sum(axes), (grad * normal).sum(axes)))
        sums = own.double() * ctx.share
        dist.all_reduce(sums)  # pyright: ignore[reportUnknownMemberType]
        shift, slope = (sums / total).to(x.dtype)
        grad_x = (grad - shift.view(shape) - normal * slope.view(shape)) * (weight.to(x.dtype) * inverse).view(shape)
        return grad_x * ctx.share, own[1].to(weight.dtype), own[0].to(weight.dtype), None, None, None, None
