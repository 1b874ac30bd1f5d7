"""The mixed operation: a softmax-weighted sum of the candidates of an edge (paper, Eqs. 4, 8 and 10)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.autograd import apply, first_order
from spikegraph.backends.torch.native.bits import packable, packed, unpacked


class _WeightedSum(torch.autograd.Function):
    """One buffer for the sum, where a chain of multiplications and additions would make one for every term."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, *values: Tensor) -> Tensor:
        ctx.save_for_backward(weights, *(values if ctx.needs_input_grad[0] else ()))
        total = values[0] * weights[0]
        for weight, value in zip(weights[1:], values[1:], strict=True):
            total.addcmul_(value, weight)
        return total

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        (grad,) = grad_outputs
        weights, *values = ctx.saved_tensors
        grad_weights = None
        if ctx.needs_input_grad[0]:
            grad_weights = torch.stack([(grad * value).sum() for value in values])
        needed = ctx.needs_input_grad[1:]
        grad_values = [grad * weight if need else None for weight, need in zip(weights, needed, strict=True)]
        return grad_weights, *grad_values


class _Weighed(torch.autograd.Function):
    """total + spikes @ weights, of which the spikes wait for the backward pass as bits."""

    @staticmethod
    def forward(ctx: Any, total: Tensor | None, spikes: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(packed(spikes), weights)
        ctx.shape, ctx.type = spikes.shape, spikes.dtype
        return spikes @ weights if total is None else torch.addmm(total, spikes, weights)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        (grad,) = grad_outputs
        bits, weights = ctx.saved_tensors
        grad_total, grad_spikes, grad_weights = ctx.needs_input_grad
        return (
            grad if grad_total else None,
            grad @ weights.t() if grad_spikes else None,
            unpacked(bits, ctx.shape, ctx.type).t() @ grad if grad_weights else None,
        )


def weighed(total: Tensor | None, values: Tensor, weights: Tensor, *, spikes: bool) -> Tensor:
    """Total + values @ weights.

    Args:
        total: [R, E], or None for 0.
        values: [R, C]: C channels at R places.
        weights: [C, E].
        spikes: Whether the values are zeros and ones, which take less memory then.
    """
    if spikes and packable(values):
        return apply(_Weighed, total, values, weights)
    return values @ weights if total is None else torch.addmm(total, values, weights)


def mix(values: Sequence[Tensor], alpha: Tensor) -> Tensor:
    """The mixed operation: sum_k softmax(alpha)_k * values[k].

    Of spikes it is Eq. 8 (and Eq. 4 with them), of currents before one neuron Eq. 10, and Eq. 7 over the
    candidates of a surrogate search.

    Args:
        values: the K candidates' outputs, all of one shape and type, such as [T, N, C, H, W].
        alpha: the architecture parameters [K], before the softmax, of the same type.

    Returns:
        The sum, of the shape of one value.

    Raises:
        ValueError: no value, not one alpha for each, or shapes or types disagree.
    """
    if not values:
        raise ValueError("a mixed operation needs at least one candidate")
    if alpha.shape != (len(values),):
        raise ValueError(f"{len(values)} candidates need alpha of shape [{len(values)}], not {list(alpha.shape)}")
    first = values[0]
    for value in values[1:]:
        if value.shape != first.shape or value.dtype != first.dtype:
            raise ValueError(f"candidates disagree: {first.dtype} {list(first.shape)} and {value.dtype} {list(value.shape)}")
    return weighted_sum(values, torch.softmax(alpha, dim=0).to(first.dtype))


def weighted_sum(values: Sequence[Tensor], weights: Tensor) -> Tensor:
    """sum_k weights_k * values[k].

    Args:
        values: K tensors of one shape and type, such as [T, N, C, H, W].
        weights: [K], of the same type.

    Returns:
        The sum, of the shape of one value.
    """
    return apply(_WeightedSum, weights, *values)
