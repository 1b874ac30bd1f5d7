"""Operations that give the same numbers other axes."""

import numpy as np

from spikegraph.ir.ops.reshaping import ChannelShuffle, Reshape, SwapAxes, Tokens
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(Tokens)
def tokens(call: Call, x: Array) -> Array:
    """All spatial axes as one."""
    return x.reshape(*x.shape[:3], -1)


@reference(Reshape)
def reshape(call: Call[Reshape], x: Array) -> Array:
    """The numbers of each step in another shape, in the same order."""
    return x.reshape(*x.shape[:2], *call.node.value.shape)


@reference(SwapAxes)
def swap_axes(call: Call[SwapAxes], x: Array) -> Array:
    """Two axes exchanged; behind the channels the last axis is the width."""
    names = ["channels", *["depth", "height", "width"][3 - (x.ndim - 3) :]]
    return np.swapaxes(x, 2 + names.index(call.op.first), 2 + names.index(call.op.second))


@reference(ChannelShuffle)
def channel_shuffle(call: Call[ChannelShuffle], x: Array) -> Array:
    """Channel i of group g becomes channel i * groups + g."""
    groups = call.op.groups
    each = x.shape[2] // groups
    result = np.empty_like(x)
    for g in range(groups):
        for i in range(each):
            result[:, :, i * groups + g] = x[:, :, g * each + i]
    return result
