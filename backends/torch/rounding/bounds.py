"""How rounding changes the result of each operation: bounds that follow from its operands and weights.

A rule gets an operation and its operands with their bounds, and returns the bound of the result, for a program that computes
it from operands within theirs, in its precision. `|f|` is an operation with the absolute values of its weights and operands.
"""

from collections.abc import Callable, Sequence
from math import prod

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import positioned
from spikegraph.backends.torch.rounding.bounded import UNKNOWN, Bounded, Evaluation
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.resizing import Resize, Upsample
from spikegraph.ir.ops.shapes import Reduce
from spikegraph.ir.ops.stereo import Estimate
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.ops.windows import windows
from spikegraph.registry import Registry

Rule = Callable[[Evaluation, Sequence[Bounded], Tensor], Tensor]
"""(operation, operands, result) -> the bound of the result, [N, C, *size]."""


def copied(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Numbers that are only moved, or the largest of some."""
    return f([x.error for x in xs])


def averaged(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Sums of numbers times coefficients of 0 to 1: f(e) + gamma |f|(x)."""
    gamma = f.precision.of_one + _terms(f, xs) * f.precision.values
    return f([x.error for x in xs]) + gamma * f([x.largest for x in xs])


def _terms(f: Evaluation, xs: Sequence[Bounded]) -> int:
    """The most terms that a number of the result is a sum of."""
    op, value = f.node.op, f.node.operand_values[0]
    if op.traits.adds:
        return len(xs)
    if isinstance(op, Pool) and op.kind != "global":
        return prod(windows(op.name, len(value.size), op.kernel, op.stride)[0])
    return max(1, xs[0].value[0].numel() // max(1, f.node.value.channels * prod(f.node.value.size)))


def resized(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Neighbours weighted by their distance; the error of a place is relative to the size of the map."""
    op = f.node.op
    if isinstance(op, Resize | Upsample) and op.mode == "nearest":
        return copied(f, xs, y)
    x = xs[0].largest
    axes = tuple(range(2, x.dim()))
    places = 4 * max(*x.shape[2:], *y.shape[2:], 1) * f.precision.values
    widest = x.amax(axes, keepdim=True) if axes else x
    near = widest.amax() if y.dim() != x.dim() or y.shape[1] != x.shape[1] else widest
    return averaged(f, xs, y) + places * near


def layered(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """A layer with weights: |f|(e + gamma (|x| + e)) + gamma |bias|, computed in float32, whose own error is added."""
    op, weight, bias = f.node.op, f.tensor("weight"), f.tensor("bias")
    assert weight is not None and isinstance(op, Conv | Linear | Transposed)
    gamma = f.precision.of_sum(fan_in(f))
    tensors = {"weight": weight.abs().float(), **({"bias": torch.zeros_like(bias).float()} if bias is not None else {})}
    signless = op.model_copy(update={"sign": "any"}) if isinstance(op, Conv) else op
    alike = f.with_tensors(**tensors).with_op(signless)
    x, *like = xs
    error = alike([(x.error + gamma * x.largest).float(), *(other.value.float() for other in like)]).double()
    error = error * (1 + 2.0**-23 * fan_in(f))
    return error if bias is None else error + gamma * positioned(bias.abs(), len(f.node.value.size))


def fan_in(f: Evaluation) -> int:
    """The number of terms of a number of a layer with weights, with the bias."""
    weight = f.tensor("weight")
    assert weight is not None
    return weight[0].numel() + 1


def normed(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """A norm; a batch norm also as a factor and a summand that the layer before it has taken in."""
    op, (x,) = f.node.op, xs
    if not (isinstance(op, Norm) and op.kind == "batch"):
        return centred(f, x)
    mean, var = f.tensor("running_mean"), f.tensor("running_var")
    assert mean is not None and var is not None
    weight, bias = f.tensor("weight"), f.tensor("bias")
    scale = torch.rsqrt(var + op.eps) * (1 if weight is None else weight.abs())
    axes = len(f.node.operand_values[0].size)
    own = scale * mean.abs() + (0 if bias is None else bias.abs())
    gamma = f.precision.of_sum(x.terms)  # its summand is one of the terms
    return positioned(scale, axes) * (x.error + f.precision.of_one * x.value.abs()) + gamma * positioned(own, axes)


def centred(f: Evaluation, x: Bounded) -> Tensor:
    """A norm by the mean m and the variance v of the value itself: y = (x - m) / sqrt(v + eps) * weight + bias."""
    op = f.node.op
    assert isinstance(op, Norm)
    axes = len(f.node.operand_values[0].size)
    over = {"instance": tuple(range(-axes, 0)), "plane": (-2, -1)}.get(op.kind, -1 - axes)
    count = x.value[0].numel() if isinstance(over, int) else prod(x.value.shape[k] for k in over)
    gamma, one = f.precision.of_sum(count), f.precision.of_one
    variance, mean = torch.var_mean(x.value, over, correction=0, keepdim=True)
    middle = (x.value - mean).abs()
    apart = x.error + x.error.mean(over, keepdim=True) + gamma * x.largest.mean(over, keepdim=True) + one * x.value.abs()
    square = apart.square().mean(over, keepdim=True)
    spread = 2 * (variance * square).sqrt() + square + gamma * variance
    highest = torch.rsqrt((variance - spread).clamp(min=0) + op.eps)
    most = middle + apart
    error = highest * apart + most * (highest - torch.rsqrt(variance + spread + op.eps)) + one * highest * most
    if not op.affine:
        return error
    weight, bias = f.tensor("weight"), f.tensor("bias")
    assert weight is not None and bias is not None
    weight, bias = positioned(weight.abs(), axes), positioned(bias.abs(), axes)
    return weight * error + one * (weight * highest * most + bias)


def rectified(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """A function whose slope is at most 1, without rounding."""
    return xs[0].error


def monotone(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """A neuron without a state, whose result grows with its current, or falls."""
    (x,) = xs
    wide = x.error + f.precision.of_one * x.value.abs()
    return torch.maximum((f([x.value + wide]) - y).abs(), (f([x.value - wide]) - y).abs()) + f.precision.of_one * y.abs()


def multiplied(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Sums of products of the operands: |f|(x + e) (1 + gamma) - |f|(x)."""
    features = sum(v.channels + prod(v.size) for v in f.node.operand_values) if f.node.op.name == "attend" else 1
    most = f([x.largest for x in xs])
    return most - f([x.value.abs() for x in xs]) + f.precision.of_sum(features) * most


def inhibited(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """(1 - x) y."""
    x, z = xs
    left = (1 - x.value).abs()
    return left * z.error + x.error * z.largest + f.precision.of_one * (left + x.error) * z.largest


def weighed(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Means of frames, weighted by another operand."""
    shift, (frames, weights) = f.tensor("shift"), xs
    assert shift is not None
    alike = f.with_tensors(shift=torch.zeros_like(shift))
    seen = torch.where(frames.value != 0, frames.largest, 0.0)
    most = alike([seen, weights.largest])
    gamma = f.precision.of_sum(f.node.operand_values[0].channels)
    return most - alike([frames.value.abs(), weights.value.abs()]) + gamma * (most + shift.abs().amax())


def constant(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """Numbers that depend on shapes alone."""
    return f.precision.of_one * y.abs()


def estimated(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """A mean of planes [N, D, H, W], weighted by a softmax; unknown where two planes may be the best one.

    If similarities change by at most e, each weight changes by a factor of exp(-2 e) to exp(2 e).
    """
    op, (x,) = f.node.op, xs
    assert isinstance(op, Estimate)
    planes = x.value.shape[1]
    widest = x.error.amax(1, keepdim=True) + f.precision.of_one * x.value.abs().amax(1, keepdim=True)
    reach = (planes - 1 if op.support == "all" else 2 * op.support) * op.step
    error = reach * torch.expm1(2 * widest) + f.precision.of_sum(planes) * (planes * op.step)
    if op.support == "all" or planes == 1:
        return error
    two = x.value.topk(2, 1).values
    return torch.where(two[:, :1] - two[:, 1:] <= 2 * widest, UNKNOWN, error)


def measured(f: Evaluation, xs: Sequence[Bounded], y: Tensor) -> Tensor:
    """For an operation of a plug-in without a rule: 16 times the largest change that was seen for operands within their bounds.

    The bound is that of 8 drawn operands, and not proven.
    """
    generator = torch.Generator().manual_seed(0)
    most = f.precision.of_one * y.abs()
    for _ in range(8):
        signs = [2.0 * torch.randint(0, 2, x.value.shape, generator=generator).double() - 1 for x in xs]
        given = [x.value + s * (x.error + f.precision.values * x.value.abs()) for x, s in zip(xs, signs, strict=True)]
        most = torch.maximum(most, (f(given) - y).abs())
    return 16 * most


MOVED = ("identity", "disparity", "pad", "crop", "stack", "flatten", "dropout", "cost_volume", "concat", "every", "zero")

BOUNDS: Registry[Rule] = Registry(
    "bound of the operation",
    "spikegraph.kernels",
    {
        **dict.fromkeys(MOVED, copied),
        **dict.fromkeys(("add", "gather", "vote"), averaged),
        "pool": lambda f, xs, y: (copied if isinstance(f.node.op, Pool) and f.node.op.kind == "max" else averaged)(f, xs, y),
        "reduce": lambda f, xs, y: (copied if isinstance(f.node.op, Reduce) and f.node.op.by == "max" else averaged)(f, xs, y),
        **dict.fromkeys(("resize", "upsample", "planes"), resized),
        **dict.fromkeys(("conv", "linear", "transposed"), layered),
        "norm": normed,
        "mean": rectified,  # over time, of a value that is the same at every step
        "relu": rectified,
        **dict.fromkeys(("neuron", "graded"), monotone),
        **dict.fromkeys(("mul", "attend"), multiplied),
        "iand": inhibited,
        "weigh_frames": weighed,
        "frame_times": constant,
        "estimate": estimated,
    },
)
"""The rule of each operation by its name. One without a rule is measured, and exports say so."""
