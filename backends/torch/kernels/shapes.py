"""Kernels of flatten, reduce, vote and dropout."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, real
from spikegraph.ir.ops.shapes import Dropout, Flatten, Reduce, Vote


@kernel(Flatten)
def flatten(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] to [T, N, C * product of size]."""
    return xs[0].flatten(-1 - len(call.operands[0].size)), None


@kernel(Reduce)
def reduce(call: Call[Reduce], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Maximum, mean or sum of [T, N, C, *size] over one axis; over the channels it leaves one."""
    op = call.node.op
    axis, kept = op.axis(len(call.operands[0].size)), op.over == "channels"
    if op.by == "max":
        return xs[0].amax(axis, keepdim=kept), None
    x = real(xs[0])
    return (x.mean(axis, keepdim=kept) if op.by == "mean" else x.sum(axis, keepdim=kept)), None


@kernel(Vote)
def vote(call: Call[Vote], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The mean of each group of channels of [T, N, C, *size]."""
    (x,), op = xs, call.node.op
    axis = x.dim() - 1 - len(call.operands[0].size)
    return real(x).reshape(*x.shape[:axis], -1, op.voters, *x.shape[axis + 1 :]).mean(axis + 1), None


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
