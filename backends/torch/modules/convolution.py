"""Several convolutions of one input, evaluated as one; their weights are joined in each pass, which copies distant ones."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import joined, memory_format
from spikegraph.backends.torch.modules.sequence import joined_steps
from spikegraph.backends.torch.native import sparse, winograd
from spikegraph.backends.torch.native.sparse import DENSE, SparsePasses
from spikegraph.backends.torch.operators import operator, ordinary, traced, transformed


def convolve(
    x: Float[Tensor, "..."],
    weights: Sequence[Float[Tensor, "_ C *window"]],
    biases: Sequence[Float[Tensor, " _"]],
    stride: int,
    line: int = 0,
    *,
    centred: bool = False,
) -> Float[Tensor, "..."]:
    """Convolutions with an odd window size, padded so that stride 1 keeps the size; the outputs are concatenated.

    Args:
        x: [T, N, C, *size] or [N, C, *size], 1-d to 3-d. Weights are rounded to its type, and so is the result.
        weights: One tensor [O, C, *window] for each convolution.
        biases: One tensor [O] for each convolution, or none at all.
        stride: The stride along all axes.
        line: For inputs of zeros and ones, the usual number of outputs along the last axis: the firing rate then decides
            whether inputs of 0 are skipped (see `faster_passes`). By default, and without compiled code, none are, nor if
            there is another value.
        centred: Whether what follows subtracts each channel's mean from the result. Then the gradient of a bias is 0, which
            sums of gradients would give but for rounding; it isn't summed.

    Returns:
        [T, N, sum of O, *ceil(size / stride)], or without T, channels last.
    """
    known: list[bool] | None = None
    if line and not traced() and not transformed() and ordinary(x):  # found once for both passes
        passes = _passes(_joined(x.detach(), weights[0]), weights[0], stride, line)
        known = [passes.forward, passes.weights]
    return _convolve(x, list(weights), list(biases), stride, line, known, centred)


def _passes(x: Tensor, weight: Tensor, stride: int, line: int) -> SparsePasses:
    possible = line and sparse.usable(x, weight, stride)
    return sparse.faster_passes(sparse.firing_rate(x), x.shape[1], line, x.dtype) if possible else DENSE


def _joined(x: Tensor, weight: Tensor) -> Tensor:
    """[T, N, C, *size] as [T * N, C, *size], and [N, C, *size] as it is; channels last."""
    joined_x = joined_steps(x) if x.dim() > weight.dim() else x
    return joined_x.contiguous(memory_format=memory_format(weight.dim() - 2))


def _first(x: Tensor, weight: Tensor) -> list[int]:
    """The sizes T and N, or N alone, of [T, N, C, *size] or [N, C, *size]."""
    return list(x.shape[: 1 - weight.dim()])


def _parted(y: Tensor, x: Tensor) -> Tensor:
    """The inverse of `_joined` for values with the first axes of `x`. Not a view for autograd, which could not add to it."""
    return y if y.dim() == x.dim() else torch.ops.aten._unsafe_view(y, [*x.shape[:2], *y.shape[1:]])


def _forward(
    whole: Tensor,
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    stride: int,
    line: int,
    known: Sequence[bool] | None,
    _: bool,
) -> Tensor:
    x, weight, bias = _joined(whole, weights[0]), joined(weights), joined(biases) if biases else None
    passes = SparsePasses(*known) if known else _passes(x, weight, stride, line)
    y = sparse.convolve(x, weight, bias, stride, _first(whole, weight)) if passes.forward else None
    if y is not None:
        return y
    function = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.dim()]
    y = function(x, weight.to(x.dtype), None if bias is None else bias.to(x.dtype), stride, weight.shape[-1] // 2)
    return _parted(y.contiguous(memory_format=memory_format(x.dim() - 2)) if line else y, whole)


def _backward(
    grad: Tensor, whole: Tensor, weights: Sequence[Tensor], stride: int, line: int, known: Sequence[bool] | None, needed: Any
) -> list[Tensor]:
    """The gradients of input, weights and biases, joined: those that are needed."""
    # In one memory format: torch's convolution copies all three tensors if they differ.
    x, grad, weight = _joined(whole, weights[0]), _joined(grad, weights[0]), joined(weights)
    for_x, for_weight, for_bias = needed
    skipping = for_weight and (SparsePasses(*known) if known else _passes(x, weight, stride, line)).weights
    dx = db = None
    dw = sparse.correlate(x, grad, weight.shape, stride) if skipping else None
    # oneDNN computes the gradients of bias and weights together, and one alone isn't faster.
    together = for_weight and dw is None
    fewer = for_x and winograd.usable(grad, weight, stride)
    dense = [for_x and not fewer, together, for_bias and together]
    if any(dense):
        axes = x.dim() - 2
        window = ([stride] * axes, [weight.shape[-1] // 2] * axes, [1] * axes, False, [0] * axes, 1)
        low = weight.to(x.dtype)
        bias = [len(weight)] if dense[2] else None
        dx, of_weight, db = torch.ops.aten.convolution_backward(grad, x, low, bias, *window, dense)
        dx, dw = None if dx is None else _parted(dx, whole), of_weight if together else dw
    if fewer:
        dx = winograd.input_gradient(grad, weight, _first(whole, weight))
    if for_bias and not together:
        db = grad.sum((0, *range(2, grad.dim())), dtype=weight.dtype)
    if line and dw is not None:
        dw = dw.contiguous(memory_format=memory_format(x.dim() - 2))
    found = [dx, None if dw is None else dw.to(weight.dtype), None if db is None else db.to(weight.dtype)]
    return [g for g, need in zip(found, needed, strict=True) if need and g is not None]


def _densely(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a pass that skips no zeros gives, for tensors without values."""
    *before, _, last = arguments
    return function(*before, [False, False], last)


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    """Saves the input and the separate weights; joined or rounded copies would take more memory."""
    x, weights, biases, ctx.stride, ctx.line, ctx.known, ctx.centred = inputs
    ctx.save_for_backward(x, *weights)
    ctx.biases = [(len(b), b.dtype) for b in biases]


def _gradients(ctx: Any, grad: Tensor) -> Any:
    x, *weights = ctx.saved_tensors
    of_x, of_weights, of_biases = ctx.needs_input_grad[:3]
    needed = [of_x, any(of_weights), any(of_biases) and not ctx.centred]
    grads = _convolve_backward(grad, x, weights, ctx.stride, ctx.line, ctx.known, needed)
    dx, dw, db = (grads.pop(0) if need else None for need in needed)
    dws = _divided(dw, [(len(w), w.dtype) for w in weights], of_weights)
    if ctx.centred:
        each = zip(ctx.biases, of_biases, strict=True)
        dbs = [torch.zeros(n, dtype=dtype, device=grad.device) if need else None for (n, dtype), need in each]
    else:
        dbs = _divided(db, ctx.biases, of_biases)
    return dx, dws, dbs, None, None, None, None


def _divided(grad: Tensor | None, parts: Sequence[tuple[int, torch.dtype]], needed: Sequence[bool]) -> list[Tensor | None]:
    if grad is None:
        return [None] * len(parts)
    split = torch.split(grad, [n for n, _ in parts]) if len(parts) > 1 else [grad]
    return [g.to(dtype) if need else None for g, (_, dtype), need in zip(split, parts, needed, strict=True)]


_convolve_backward = operator(
    "convolve_backward(Tensor grad, Tensor x, Tensor[] weights, int stride, int line, bool[]? known, bool[] needed)"
    " -> Tensor[]",
    _backward,
    fake=partial(_densely, _backward),
)
_convolve = operator(
    "convolve(Tensor x, Tensor[] weights, Tensor[] biases, int stride, int line, bool[]? known, bool centred) -> Tensor",
    _forward,
    fake=partial(_densely, _forward),
    save=_save,
    backward=_gradients,
)
