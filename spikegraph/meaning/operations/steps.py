"""Time steps as channels, channels as time steps, and a value at every step."""

import numpy as np

from spikegraph.ir.ops.steps import ChannelsToTime, EachStep, TimeToChannels
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(EachStep)
def each_step(call: Call[EachStep], x: Array) -> Array:
    """The operand, at every step."""
    return np.broadcast_to(x, (call.steps, *x.shape[1:]))


@reference(TimeToChannels)
def time_to_channels(call: Call[TimeToChannels], x: Array) -> Array:
    """The channels of the first step, then those of the second, and so on; 0 for steps that aren't there."""
    most = call.op.most
    if len(x) == 1:
        x = np.broadcast_to(x, (call.steps if call.node.operand_values[0].steps else most, *x.shape[1:]))
    missing = np.zeros((most - len(x), *x.shape[1:]))
    return np.concatenate([*x, *missing], axis=1)[None]


@reference(ChannelsToTime)
def channels_to_time(call: Call[ChannelsToTime], x: Array) -> Array:
    """One part of the channels for each step, in order."""
    return np.stack(np.split(x[0], call.op.most, axis=1)[call.first : call.first + call.steps])
