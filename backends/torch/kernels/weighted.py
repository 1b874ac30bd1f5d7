"""Kernels of the operations with weights: convolution, batch norm and linear layer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, unflat
from spikegraph.backends.torch.memory import memory_format
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.ir.ops.wide import WideConv


@kernel("conv")
def conv(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Convolution; in bfloat16 with `call.bf16`, and then its result is bfloat16 too."""
    op = call.node.op
    assert isinstance(op, Conv) and call.weights is not None
    return unflat(convolved(call, op, xs[0]), xs[0], call.operands[0]), None


def convolved(call: Call, op: Conv | WideConv, x: Tensor) -> Tensor:
    """Convolves [T, N, C, *size] with the same weights at every time step, to [T * N, out, *size]."""
    value, stride = call.operands[0], op.stride
    axes = len(value.size)
    flat_x = flat(x, value)
    if op.kernel == 1 and stride > 1:
        # oneDNN's strided 1 x 1 convolution writes beyond its buffers for some batch sizes (such as 5).
        flat_x = flat_x[(..., *[slice(None, None, stride)] * axes)]
        stride = 1
    flat_x = flat_x.contiguous(memory_format=memory_format(axes))
    flat_x = flat_x.to(torch.bfloat16) if call.bf16 else flat_x
    weights: list[Tensor] = [leaf.weight for leaf in call.leaves]  # type: ignore[misc]
    biases: list[Tensor] = [leaf.bias for leaf in call.leaves] if isinstance(op, WideConv) or op.bias else []  # type: ignore[misc]
    return convolve(flat_x, weights, biases, stride, call.node.value.size[-1] if op.sparse else 0)


@kernel("norm")
def norm(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Batch norm: in training over the batch, all time steps and pixels, else with the running statistics."""
    (x,), (value,), op, w = xs, call.operands, call.node.op, call.weights
    assert isinstance(op, Norm) and w is not None
    y = F.batch_norm(
        flat(x, value),
        w.running_mean,  # type: ignore[arg-type]
        w.running_var,  # type: ignore[arg-type]
        w.weight,  # type: ignore[arg-type]
        w.bias,  # type: ignore[arg-type]
        call.training,
        op.momentum,
        op.eps,
    )
    return unflat(y, x, value), None


@kernel("linear")
def linear(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Linear layer over the channels."""
    assert call.weights is not None
    return F.linear(xs[0].to(call.weights.weight.dtype), call.weights.weight, call.weights.bias), None  # type: ignore[arg-type]
