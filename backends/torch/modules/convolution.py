"""Several convolutions of one input, evaluated as one; their weights are joined in each pass, which copies distant ones."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import joined, memory_format
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.native.sparse import DENSE, SparsePasses
from spikegraph.backends.torch.operators import operator


def convolve(
    x: Float[Tensor, "B C *size"],
    weights: Sequence[Float[Tensor, "_ C *window"]],
    biases: Sequence[Float[Tensor, " _"]],
    stride: int,
    line: int = 0,
) -> Float[Tensor, "B O *out"]:
    """Convolutions with an odd window size, padded so that stride 1 keeps the size; the outputs are concatenated.

    Args:
        x: [B, C, *size], 1-d to 3-d. Weights are rounded to its type, and so is the result.
        weights: One tensor [O, C, *window] for each convolution.
        biases: One tensor [O] for each convolution, or none at all.
        stride: The stride along all axes.
        line: For inputs of zeros and ones, the usual number of outputs along the last axis: the firing rate then decides
            whether inputs of 0 are skipped (see `faster_passes`). By default, and without compiled code, none are.

    Returns:
        [B, sum of O, *ceil(size / stride)], channels last.
    """
    return _convolve(x, list(weights), list(biases), stride, line)


def _passes(x: Tensor, weight: Tensor, stride: int, line: int) -> SparsePasses:
    possible = line and sparse.usable(x, weight, stride)
    return sparse.faster_passes(sparse.firing_rate(x), x.shape[1], line, x.dtype) if possible else DENSE


def _forward(
    x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], stride: int, line: int, passes: SparsePasses | None = None
) -> Tensor:
    layout = memory_format(x.dim() - 2)
    x, weight, bias = x.contiguous(memory_format=layout), joined(weights), joined(biases) if biases else None
    if (passes or _passes(x, weight, stride, line)).forward:
        return sparse.convolve(x, weight, bias, stride)
    function = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.dim()]
    y = function(x, weight.to(x.dtype), None if bias is None else bias.to(x.dtype), stride, weight.shape[-1] // 2)
    return y.contiguous(memory_format=layout) if line else y


def _backward(
    grad: Tensor, x: Tensor, weights: Sequence[Tensor], stride: int, line: int, needed: Any, passes: SparsePasses | None = None
) -> list[Tensor]:
    """The gradients of input, weights and biases, joined: those that are needed."""
    # In one memory format: torch's convolution copies all three tensors if they differ.
    layout = memory_format(x.dim() - 2)
    x, grad, weight = x.contiguous(memory_format=layout), grad.contiguous(memory_format=layout), joined(weights)
    for_x, for_weight, for_bias = needed
    skipping = for_weight and (passes or _passes(x, weight, stride, line)).weights
    # oneDNN computes the gradients of bias and weights together, and one alone isn't faster.
    together = for_weight and not skipping
    dense = [for_x, together, for_bias and together]
    dx = dw = db = None
    if any(dense):
        axes = x.dim() - 2
        window = ([stride] * axes, [weight.shape[-1] // 2] * axes, [1] * axes, False, [0] * axes, 1)
        low = weight.to(x.dtype)
        dx, dw, db = torch.ops.aten.convolution_backward(grad, x, low, [len(weight)] if dense[2] else None, *window, dense)
    if for_bias and not together:
        db = grad.sum((0, *range(2, grad.dim())), dtype=weight.dtype)
    if skipping:
        dw = sparse.correlate(x, grad, weight.shape, stride)
    if line and dw is not None:
        dw = dw.contiguous(memory_format=layout)
    found = [dx, None if dw is None else dw.to(weight.dtype), None if db is None else db.to(weight.dtype)]
    return [g for g, need in zip(found, needed, strict=True) if need and g is not None]


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    """Saves the input and the separate weights; joined or rounded copies would take more memory."""
    x, weights, biases, ctx.stride, ctx.line = inputs
    ctx.save_for_backward(x, *weights)
    ctx.biases = [(len(b), b.dtype) for b in biases]


def _gradients(ctx: Any, grad: Tensor) -> Any:
    x, *weights = ctx.saved_tensors
    of_x, of_weights, of_biases = ctx.needs_input_grad[:3]
    needed = [of_x, any(of_weights), any(of_biases)]
    grads = _convolve_backward(grad, x, weights, ctx.stride, ctx.line, needed)
    dx, dw, db = (grads.pop(0) if need else None for need in needed)
    dws = _parted(dw, [(len(w), w.dtype) for w in weights], of_weights)
    return dx, dws, _parted(db, ctx.biases, of_biases), None, None


def _parted(grad: Tensor | None, parts: Sequence[tuple[int, torch.dtype]], needed: Sequence[bool]) -> list[Tensor | None]:
    if grad is None:
        return [None] * len(parts)
    split = torch.split(grad, [n for n, _ in parts])
    return [g.to(dtype) if need else None for g, (_, dtype), need in zip(split, parts, needed, strict=True)]


_convolve_backward = operator(
    "convolve_backward(Tensor grad, Tensor x, Tensor[] weights, int stride, int line, bool[] needed) -> Tensor[]",
    _backward,
    fake=partial(_backward, passes=DENSE),
)
_convolve = operator(
    "convolve(Tensor x, Tensor[] weights, Tensor[] biases, int stride, int line) -> Tensor",
    _forward,
    fake=partial(_forward, passes=DENSE),
    save=_save,
    backward=_gradients,
)
