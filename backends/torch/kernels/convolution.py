"""Kernels of convolutions."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, unflat
from spikegraph.backends.torch.memory import channels_last
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.backends.torch.modules.general_convolution import padded_convolution, padded_transposed
from spikegraph.backends.torch.modules.sign import signed
from spikegraph.ir.ops.convolution import Conv, grouped
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.ops.wide import WideConv


@kernel(Conv, WideConv)
def conv(call: Call[Conv | WideConv], xs: Sequence[Tensor], state: State) -> tuple[Any, State]:
    """Convolution of [T, N, C, *size], the same weights at every time step; `call.low` is its type and that of its result.

    With `apart`, it is a tuple of views, one for each of several convolutions of one input, which only `part` uses.
    """
    op, value, x = call.node.op, call.operands[0], xs[0]
    axes = len(value.size)
    if isinstance(op, Conv) and not op.plain:
        _, stride, dilation, reach = op.windows(axes)
        weight, bias, flat_x = _tensors(call, flat(x, value), sign=op.sign)
        assert op.out is not None
        groups = grouped(op.name, op.groups, value, op.out)
        y = padded_convolution(flat_x, weight, bias, stride, dilation, reach, groups, op.padding)
        return unflat(y, x, value), None
    assert isinstance(op.stride, int)
    stride = op.stride
    if op.kernel == 1 and stride > 1:
        # oneDNN's strided 1 x 1 convolution writes beyond its buffers for some batch sizes (such as 5).
        x = x[(..., *[slice(None, None, stride)] * axes)]
        stride = 1
    x = channels_last(x, axes)
    x = x if call.low is None else x.to(call.low)
    weights: list[Tensor] = [leaf.weight for leaf in call.leaves]  # type: ignore[misc]
    biases: list[Tensor] = [leaf.bias for leaf in call.leaves] if isinstance(op, WideConv) or op.bias else []  # type: ignore[misc]
    line = call.node.value.size[-1] if call.node.notes.get("sparse") else 0
    y = convolve(x, weights, biases, stride, line, centred=call.centred)
    if isinstance(op, WideConv) and op.apart:
        parts = torch.split(flat(y, value), [s.channels for s in op.shares], 1)  # so that gradients are joined channels last
        return tuple(unflat(part, x, value) for part in parts), None
    return y, None


@kernel(Transposed)
def transposed(call: Call[Transposed], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Transposed convolution of [T, N, C, *size] to the size of the second operand, or by the stride."""
    op, value = call.node.op, call.operands[0]
    axes = len(value.size)
    _, stride, dilation, reach = op.windows(axes)
    weight, bias, x = _tensors(call, flat(xs[0], value))
    size = xs[1].shape[-axes:] if len(xs) > 1 else [n * s for n, s in zip(x.shape[2:], stride, strict=True)]
    y = padded_transposed(x, weight, bias, stride, dilation, reach, grouped(op.name, op.groups, value, op.out), size)
    return unflat(y, xs[0], value), None


def _tensors(
    call: Call, x: Float[Tensor, "B C *size"], *, sign: str = "any"
) -> tuple[Float[Tensor, "O _ *window"], Float[Tensor, " O"] | None, Float[Tensor, "B C *size"]]:
    """Weight, bias and input of a convolution, in the call's low precision if it has one."""
    assert call.weights is not None
    weight: Tensor = signed(call.weights.weight, sign)  # type: ignore[arg-type]
    bias: Tensor | None = getattr(call.weights, "bias", None)
    low = weight.dtype if call.low is None else call.low
    return weight.to(low), None if bias is None else bias.to(low), x.to(low)
