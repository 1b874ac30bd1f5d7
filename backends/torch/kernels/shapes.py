"""Kernels of flatten and dropout."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel
from spikegraph.ir.ops.shapes import Dropout, Flatten


@kernel(Flatten)
def flatten(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] to [T, N, C * product of size]."""
    return xs[0].flatten(-1 - len(call.operands[0].size)), None


@kernel(Dropout)
def dropout(call: Call[Dropout], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Dropout of [T, N, C, *size] in training, with one mask for all time steps; the state is the mask [N, C, *size]."""
    (x,), op = xs, call.node.op
    if not call.training or op.probability == 0:
        return x, None
    if state is None:
        like = x[0] if call.operands[0].steps else x
        state = torch.empty_like(like).bernoulli_(1 - op.probability).div_(1 - op.probability)
    assert isinstance(state, Tensor)
    return x * state, state
