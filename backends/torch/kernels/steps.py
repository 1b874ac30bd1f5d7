"""Kernels that join time steps as channels, part them again, and repeat a value at every step."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time, positioned
from spikegraph.base.errors import InputError
from spikegraph.ir.ops.steps import ChannelsToTime, EachStep, TimeToChannels


@kernel(EachStep)
def each_step(call: Call[EachStep], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The value as [T, N, C, *size], a view."""
    return over_time(xs[0], call.operands[0], call.steps), None


@kernel(TimeToChannels)
def time_to_channels(call: Call[TimeToChannels], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """All steps of [T, N, C, *size] as channels, [N, steps * C, *size]; the state is the result, and the number of steps."""
    (x,), most = xs, call.node.op.most
    if not call.operands[0].steps:
        return over_time(x, call.operands[0], most).transpose(0, 1).flatten(1, 2), None
    if call.within is not None:
        x = x.masked_fill(~positioned(call.within, x.dim() - 2), 0)
    parts = [x]
    if state is not None:
        before, count = state
        parts = [torch.unflatten(before, 1, (most, -1)).transpose(0, 1)[:count], x]
    end = sum(map(len, parts))
    if end > most:
        raise InputError(f"`{call.node.name}` makes channels of {most} time steps, not of {end}")
    if end < most:
        parts.append(x.new_zeros((most - end, *x.shape[1:])))
    y = torch.cat(parts).transpose(0, 1).flatten(1, 2)
    return y, (y, end)


@kernel(ChannelsToTime)
def channels_to_time(call: Call[ChannelsToTime], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Parts of [N, steps * C, *size] as time steps [T, N, C, *size], a view; the state is the number of steps before."""
    most = call.node.op.most
    first = 0 if state is None else int(state)
    end = first + call.steps
    if end > most:
        raise InputError(f"`{call.node.name}` has channels for {most} time steps, not for {end}")
    return torch.unflatten(xs[0], 1, (most, -1)).transpose(0, 1)[first:end], torch.tensor(end, device="cpu")
