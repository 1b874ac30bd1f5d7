"""Spikes of potentials, with their surrogate gradient, as an operator of torch."""

from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.modules.surrogate_gradient import gradient, gradient_by_b
from spikegraph.backends.torch.operators import operator


def _forward(
    u: Tensor, threshold: Tensor, learned: Tensor | None, b: float, surrogate: str, levels: int, spike_at: str
) -> Tensor:
    if spike_at == "nearest":
        count = torch.round(u / threshold)
    elif levels == 1:
        return (u >= threshold if spike_at == "reached" else u > threshold).to(u.dtype)
    else:
        count = torch.floor(u / threshold) if spike_at == "reached" else torch.ceil(u / threshold) - 1
    return count.clamp_(0, levels)


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    u, threshold, learned, ctx.b, ctx.surrogate, ctx.levels, ctx.spike_at = inputs
    ctx.save_for_backward(u, threshold, learned)


def _backward(ctx: Any, grad: Tensor) -> Any:
    """dy/du is the sum of the surrogates around all potentials m * threshold at which y rises; dy/dthreshold that of -m times.

    m is 1 to `levels`, or 1/2 less for the nearest multiple. dy/db is the sum of the smoothed spikes' derivatives by b.
    """
    u, threshold, learned = ctx.saved_tensors
    to_u, to_threshold, to_b = torch.zeros_like(u), torch.zeros_like(u), torch.zeros_like(u)
    widths: Tensor | None = learned if ctx.needs_input_grad[2] else None
    for k in range(1, ctx.levels + 1):
        m = k - 0.5 if ctx.spike_at == "nearest" else k
        x = u - m * threshold
        if widths is not None:
            to_b += gradient_by_b(ctx.surrogate, x, widths)
        slope = gradient(ctx.surrogate, x, 0.0, ctx.b if learned is None else learned)
        to_u += slope
        to_threshold -= m * slope
    to_threshold = (grad * to_threshold).sum_to_size(threshold.shape) if ctx.needs_input_grad[1] else None
    to_learned = (grad * to_b).sum_to_size(widths.shape) if widths is not None else None
    return grad * to_u, to_threshold, to_learned, *[None] * 4


count_spikes = operator(
    "count_spikes(Tensor u, Tensor threshold, Tensor? learned, float b, str surrogate, int levels, str spike_at) -> Tensor",
    _forward,
    save=_save,
    backward=_backward,
)
"""(u, threshold, learned b, b, surrogate, levels, spike_at) -> y: how many multiples of the threshold u is above."""
