"""Kernels of tokens, reshape, swap_axes and channel_shuffle."""

from collections.abc import Sequence

from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel
from spikegraph.base.errors import InputError
from spikegraph.ir.ops.reshaping import ChannelShuffle, Reshape, SwapAxes, Tokens


@kernel(Tokens)
def tokens(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] to [T, N, C, product of size]."""
    (x,), axes = xs, len(call.operands[0].size)
    return (x.flatten(-axes) if axes else x.unsqueeze(-1)), None


@kernel(Reshape)
def reshape(call: Call[Reshape], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *of] to [T, N, channels, *size]."""
    (x,), before, after = xs, call.operands[0].shape, call.node.value.shape
    if x.shape[-len(before) :] != before:
        given = f"`{call.node.name}` takes {list(before)}, not {list(x.shape[-len(before) :])}"
        raise InputError(f"{given}: a network that reshapes needs inputs of the size that its spec declares")
    return x.reshape(*x.shape[: -len(before)], *after), None


@kernel(SwapAxes)
def swap_axes(call: Call[SwapAxes], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] with two of the last axes exchanged."""
    (x,), first = xs, xs[0].dim() - len(call.operands[0].shape)
    i, j = call.node.op.axes(call.operands[0])
    return x.transpose(first + i, first + j).contiguous(), None


@kernel(ChannelShuffle)
def channel_shuffle(call: Call[ChannelShuffle], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """[T, N, C, *size] with one channel of each group in turn."""
    (x,), at = xs, xs[0].dim() - len(call.operands[0].shape)
    grouped = x.reshape(*x.shape[:at], call.node.op.groups, -1, *x.shape[at + 1 :])
    return grouped.transpose(at, at + 1).reshape(x.shape), None
