"""Kernels of maxima, means and sums: over axes and channels, and over time."""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, positioned, real
from spikegraph.backends.torch.memory import LOW
from spikegraph.ir.ops.pooling import Mean
from spikegraph.ir.ops.reduction import AXES, Reduce, Vote


def largest(x: Shaped[Tensor, " *value"], dims: int | tuple[int, ...], *, keepdim: bool = False) -> Shaped[Tensor, " *reduced"]:
    """The largest of x [T, N, C, *size] along dimensions that follow each other; its gradient goes to the first of equals."""
    if not (torch.is_grad_enabled() and x.requires_grad):
        return torch.amax(x, dims, keepdim=keepdim)
    if isinstance(dims, int):
        return x.max(dims, keepdim=keepdim).values
    return x.flatten(dims[0], dims[-1]).max(dims[-1]).values


REDUCED: Mapping[str, Callable[..., Tensor]] = {"max": largest, "mean": torch.mean, "sum": torch.sum}


@kernel(Reduce)
def reduce(call: Call[Reduce], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Maximum, mean or sum of [T, N, C, *size] over axes, over channels in groups, or over time."""
    op, axes = call.node.op, len(call.operands[0].size)
    if op.over == "time":
        return _over_time(call, xs, state)
    x = xs[0] if op.by == "max" else real(xs[0])
    by, channels = REDUCED[op.by], -1 - axes
    match op.over:
        case "space":
            return by(x, tuple(range(-axes, 0))), None
        case "channels" if op.heads == 1:
            return by(x, channels, keepdim=True), None
        case "channels":
            return by(torch.unflatten(x, channels, (op.heads, -1)), channels), None
        case "heads":
            return by(torch.unflatten(x, channels, (op.heads, -1)), channels - 1), None
        case _:
            return by(x, AXES.index(op.over) - len(AXES)), None


@kernel(Mean)
def mean(call: Call[Mean], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The mean [N, C, *size] of [T, N, C, *size] over time."""
    return _over_time(call, xs, state)


def _over_time(call: Call[Mean | Reduce], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Maximum, mean or sum [N, C, *size] over the time steps of each sample; the state is maximum or sum, and their number.

    Sums of bfloat16 and float16 are float32, and means are rounded to the type of x.

    Outside of training the number is on the device too, so that the steps of a stream can be captured.
    """
    (x,), op = xs, call.node.op
    if not call.operands[0].steps:
        repeated = op.steps if isinstance(op, Reduce) and op.by == "sum" else None
        return x if repeated is None else real(x) * repeated, None
    own = None if call.within is None else positioned(call.within, x.dim() - 2)
    count = x.shape[0] if own is None else own.sum(0)
    if op.by == "max":
        found = largest(x if own is None else x.masked_fill(~own, -torch.inf), 0)
    else:
        # A low type would lose spikes beyond its whole numbers, which in bfloat16 end at 256.
        found = (x if own is None else x.masked_fill(~own, 0)).sum(0, dtype=torch.float32 if x.dtype in LOW else None)
    if state is not None:
        before, steps = state
        found, count = torch.where(found > before, found, before) if op.by == "max" else before + found, count + steps
    number = count if call.training or isinstance(count, Tensor) else found.new_full((), count, dtype=torch.int64)
    if op.by != "mean":
        return found, (found, number)
    return (found / count).to(x.dtype), (found, number)


@kernel(Vote)
def vote(call: Call[Vote], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The mean of each group of channels of [T, N, C, *size]."""
    channels = -1 - len(call.operands[0].size)
    return torch.unflatten(real(xs[0]), channels, (-1, call.node.op.voters)).mean(channels), None
