"""Kernels of the operations with weights: convolution, batch norm and linear layer."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.distributed.norm import synchronised_norm, synchronising
from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, unflat
from spikegraph.backends.torch.memory import joined, memory_format
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.backends.torch.native.neuron_passes import NormOf
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.ir.ops.wide import WideConv, WideNorm


@kernel("conv", "wide_conv")
def conv(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Any, State]:
    """Convolution of [T, N, C, *size], the same weights at every time step; `call.bf16` makes it and its result bfloat16.

    With `apart`, it is a tuple of views, one for each of several convolutions of one input, which only `part` uses.
    """
    op, value = call.node.op, call.operands[0]
    assert isinstance(op, Conv | WideConv)
    stride, flat_x = op.stride, flat(xs[0], value)
    axes = len(value.size)
    if op.kernel == 1 and stride > 1:
        # oneDNN's strided 1 x 1 convolution writes beyond its buffers for some batch sizes (such as 5).
        flat_x = flat_x[(..., *[slice(None, None, stride)] * axes)]
        stride = 1
    flat_x = flat_x.contiguous(memory_format=memory_format(axes))
    flat_x = flat_x.to(torch.bfloat16) if call.bf16 else flat_x
    weights: list[Tensor] = [leaf.weight for leaf in call.leaves]  # type: ignore[misc]
    biases: list[Tensor] = [leaf.bias for leaf in call.leaves] if isinstance(op, WideConv) or op.bias else []  # type: ignore[misc]
    y = convolve(flat_x, weights, biases, stride, call.node.value.size[-1] if call.node.notes.get("sparse") else 0)
    if isinstance(op, WideConv) and op.apart:
        parts = torch.split(y, [s.channels for s in op.shares], 1)
        return tuple(unflat(part, xs[0], value) for part in parts), None
    return unflat(y, xs[0], value), None


@kernel("norm", "wide_norm")
def norm(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Batch norm of [T, N, C, *size]: in training over the batch, time steps and pixels, else with the running statistics."""
    (x,), (value,), op = xs, call.operands, call.node.op
    assert isinstance(op, Norm | WideNorm)
    found = norm_of(call.leaves, op.eps, op.momentum)
    y = normed(flat(x, value), found, training=call.training, synchronised=synchronised(call))
    if call.training:
        write_back(found, call.leaves)
    return unflat(y, x, value), None


def norm_of(leaves: Sequence[nn.Module], eps: float, momentum: float) -> NormOf:
    """The joined norms of these leaves; a single norm's own tensors, not copies."""
    names = ("weight", "bias", "running_mean", "running_var")
    weight, bias, mean, var = (joined([getattr(leaf, name) for leaf in leaves]) for name in names)
    return NormOf(weight, bias, mean, var, eps, momentum)


def synchronised(call: Call) -> bool:
    """Whether a norm takes its statistics from the samples of all processes, because `sync-norm` marked it."""
    return call.training and bool(call.node.notes.get("synchronised")) and synchronising()


def normed(
    x: Float[Tensor, "B C *size"], norm: NormOf, *, training: bool, synchronised: bool = False
) -> Float[Tensor, "B C *size"]:
    """The batch norm of [B, C, *size] with operations of torch."""
    if synchronised:
        return synchronised_norm(x, norm.weight, norm.bias, norm.mean, norm.var, norm.momentum, norm.eps)
    return F.batch_norm(x, norm.mean, norm.var, norm.weight, norm.bias, training, norm.momentum, norm.eps)


def write_back(norm: NormOf, leaves: Sequence[nn.Module]) -> None:
    """Copies the updated running statistics of joined norms back to each norm."""
    if len(leaves) == 1:
        return
    sizes = [len(leaf.running_mean) for leaf in leaves]  # type: ignore[arg-type]
    for leaf, mean, var in zip(leaves, torch.split(norm.mean, sizes), torch.split(norm.var, sizes), strict=True):
        leaf.running_mean.copy_(mean)  # type: ignore[operator]
        leaf.running_var.copy_(var)  # type: ignore[operator]


@kernel("linear")
def linear(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Linear layer over the channels, [..., C] to [..., out]."""
    assert call.weights is not None
    return F.linear(xs[0].to(call.weights.weight.dtype), call.weights.weight, call.weights.bias), None  # type: ignore[arg-type]
