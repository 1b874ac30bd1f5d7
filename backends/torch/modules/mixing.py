"""The mixed operation: a softmax-weighted sum of an edge's candidates (Che et al., NeurIPS 2022, Eqs. 4, 7, 8 and 10)."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.modules.bits import packable, packed, unpacked
from spikegraph.backends.torch.operators import operator


def _sum_forward(weights: Tensor, values: Sequence[Tensor]) -> Tensor:
    """Accumulates into one buffer; separate multiplications and additions would allocate one for every term."""
    total = values[0] * weights[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total.addcmul_(value, weight)
    return total


def _sum_save(ctx: Any, inputs: Any, output: Any) -> None:
    weights, values = inputs
    ctx.save_for_backward(weights, *(values if weights.requires_grad else ()))


def _sum_backward(ctx: Any, grad: Tensor) -> Any:
    weights, *values = ctx.saved_tensors
    grad_weights = torch.stack([(grad * value).sum() for value in values]) if values else None
    needed = ctx.needs_input_grad[1]
    return grad_weights, [grad * weight if need else None for weight, need in zip(weights, needed, strict=True)]


_weighted_sum = operator(
    "weighted_sum(Tensor weights, Tensor[] values) -> Tensor", _sum_forward, save=_sum_save, backward=_sum_backward
)


def _add_forward(total: Tensor | None, spikes: Tensor, weights: Tensor) -> Tensor:
    return spikes @ weights if total is None else torch.addmm(total, spikes, weights)


def _add_save(ctx: Any, inputs: Any, output: Any) -> None:
    """Saves the spikes as bits."""
    _, spikes, weights = inputs
    ctx.save_for_backward(packed(spikes), weights)
    ctx.type = spikes.dtype


def _add_backward(ctx: Any, grad: Tensor) -> Any:
    bits, weights = ctx.saved_tensors
    grad_total, grad_spikes, grad_weights = ctx.needs_input_grad
    return (
        grad if grad_total else None,
        grad @ weights.t() if grad_spikes else None,
        unpacked(bits, (grad.shape[0], weights.shape[0]), ctx.type).t() @ grad if grad_weights else None,
    )


_add_matmul = operator(
    "add_matmul(Tensor? total, Tensor spikes, Tensor weights) -> Tensor", _add_forward, save=_add_save, backward=_add_backward
)


def add_matmul(
    total: Float[Tensor, "R E"] | None, values: Float[Tensor, "R C"], weights: Float[Tensor, "C E"], *, spikes: bool
) -> Float[Tensor, "R E"]:
    """Computes total + values @ weights, [R, E].

    Args:
        total: [R, E], or None for 0.
        values: [R, C]: C channels at R positions.
        weights: [C, E].
        spikes: The values are zeros and ones, and can be saved as bits.
    """
    if spikes and packable(values):
        return _add_matmul(total, values, weights)
    return values @ weights if total is None else torch.addmm(total, values, weights)


def mix(values: Sequence[Float[Tensor, " *value"]], alpha: Float[Tensor, " K"]) -> Float[Tensor, " *value"]:
    """The mixed operation: sum_k softmax(alpha)_k * values[k].

    For spikes this is Eq. 8 (and Eq. 4), for currents of one neuron Eq. 10, and for the candidates of a surrogate
    search Eq. 7.

    Args:
        values: The outputs of the K candidates, all of the same shape and type, such as [T, N, C, H, W].
        alpha: The architecture parameters before the softmax, [K].

    Returns:
        The sum, with the shape of one value.

    Raises:
        ValueError: There are no values, alpha has the wrong shape, or the values' shapes or types differ.
    """
    if not values:
        raise ValueError("a mixed operation needs at least one candidate")
    if alpha.shape != (len(values),):
        raise ValueError(f"{len(values)} candidates need alpha of shape [{len(values)}], not {list(alpha.shape)}")
    first = values[0]
    for value in values[1:]:
        if value.shape != first.shape or value.dtype != first.dtype:
            raise ValueError(f"the candidates differ: {first.dtype} {list(first.shape)} and {value.dtype} {list(value.shape)}")
    return weighted_sum(values, torch.softmax(alpha, dim=0).to(first.dtype))


def weighted_sum(values: Sequence[Float[Tensor, " *value"]], weights: Float[Tensor, " K"]) -> Float[Tensor, " *value"]:
    """Computes sum_k weights_k * values[k].

    Args:
        values: K tensors of the same shape and type, such as [T, N, C, H, W].
        weights: [K], of the same type.

    Returns:
        The sum, with the shape of one value.
    """
    return _weighted_sum(weights, list(values))
