"""The kernel of instance norm."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, real
from spikegraph.ir.ops.instance_norm import InstanceNorm


@kernel("instance_norm")
def instance_norm(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Norms [T, N, C, *size] over the last spatial axes, each time step, sample and channel alone."""
    x, (value,), op = real(xs[0]), call.operands, call.node.op
    assert isinstance(op, InstanceNorm)
    variance, mean = torch.var_mean(x, tuple(range(-op.over(value), 0)), correction=0, keepdim=True)
    y = (x - mean) * torch.rsqrt(variance + op.eps)
    if not op.affine:
        return y, None
    assert call.weights is not None
    scale: Tensor = call.weights.scale  # type: ignore[assignment]
    shift: Tensor = call.weights.shift  # type: ignore[assignment]
    shape = (-1, *[1] * len(value.size))
    return y * scale.view(shape) + shift.view(shape), None
