"""Several convolutions of one input, evaluated as one; their joined weights aren't kept between passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.autograd import apply, first_order
from spikegraph.backends.torch.native import sparse

DENSE = sparse.SparsePasses(forward=False, weights=False)


@dataclass(frozen=True)
class _Plan:
    """The non-tensor arguments: the stride, the number of weights, and the passes that skip silent inputs."""

    stride: int
    shares: int
    passes: sparse.SparsePasses


def convolve(
    x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], stride: int, passes: sparse.SparsePasses = DENSE
) -> Tensor:
    """Convolutions with an odd window size, padded so that stride 1 keeps the size; the outputs are concatenated.

    Args:
        x: [B, C, *size], 2-d or 3-d. If it is bfloat16, weights are rounded to bfloat16 and so is the result.
        weights: One tensor [O, C, *window] for each convolution.
        biases: One tensor [O] for each convolution, or none at all.
        stride: The stride along all axes.
        passes: The passes that skip inputs of 0; requires inputs of 0 and 1, and compiled code.

    Returns:
        [B, sum of O, *ceil(size / stride)].
    """
    return apply(_Convolve, _Plan(stride, len(weights), passes), x, *weights, *biases)


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0].detach() if len(tensors) == 1 else torch.cat([t.detach() for t in tensors])


class _Convolve(torch.autograd.Function):
    """Saves its input and the separate weights for the backward pass; joined or rounded copies would take more memory."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, x: Tensor, *tensors: Tensor) -> Tensor:
        weights, biases = tensors[: plan.shares], tensors[plan.shares :]
        ctx.save_for_backward(x, *weights)
        ctx.plan, ctx.biases = plan, [len(b) for b in biases]
        weight, bias = _joined(weights), _joined(biases) if biases else None
        if plan.passes.forward:
            return sparse.convolve(x, weight, bias, plan.stride)
        function = F.conv2d if x.dim() == 4 else F.conv3d
        low = None if bias is None else bias.to(x.dtype)
        return function(x, weight.to(x.dtype), low, plan.stride, weight.shape[-1] // 2)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        plan: _Plan = ctx.plan
        x, *weights = ctx.saved_tensors
        # In the input's memory format: torch's convolution copies all three tensors if they differ.
        grad = grad_outputs[0].contiguous(memory_format=sparse.LAYOUTS[x.dim()])
        for_x, for_weight = ctx.needs_input_grad[1], any(ctx.needs_input_grad[2 : 2 + plan.shares])
        for_bias = any(ctx.needs_input_grad[2 + plan.shares :])
        weight = _joined(weights)
        # oneDNN computes the gradients of bias and weights together, and one alone isn't faster.
        together = for_weight and not plan.passes.weights
        dense = (for_x, together, for_bias and together)
        dx = dw = db = None
        if any(dense):
            axes = x.dim() - 2
            window = ([plan.stride] * axes, [weight.shape[-1] // 2] * axes, [1] * axes, False, [0] * axes, 1)
            low = weight.to(x.dtype)
            dx, dw, db = torch.ops.aten.convolution_backward(grad, x, low, [len(weight)] if dense[2] else None, *window, dense)
        if for_bias and not together:
            db = grad.sum((0, *range(2, grad.dim())), dtype=weight.dtype)
        if for_weight and not together:
            dw = sparse.correlate(x, grad, weight.shape, plan.stride)
        sizes = [len(w) for w in weights]
        dws = [None] * len(weights) if dw is None else dw.to(weight.dtype).split(sizes)
        dbs = [None] * len(ctx.biases) if db is None else db.to(weight.dtype).split(ctx.biases)
        return None, dx, *dws, *dbs
