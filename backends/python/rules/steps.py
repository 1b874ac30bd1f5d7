"""Time steps as channels, channels as time steps, and a value at every step."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.ir.ops.steps import ChannelsToTime, EachStep, TimeToChannels


@rule(EachStep)
def each_step(place: Place[EachStep]) -> Expression:
    """The value with an axis of time."""
    return Expression("{0}", steps=True)


@rule(TimeToChannels)
def time_to_channels(place: Place[TimeToChannels]) -> Expression:
    """Steps behind the samples, with zeros for those that are missing."""
    steps = hole("steps", place.op.most)
    if not place.steps():
        return Expression(f"torch.cat([{{0}}] * {steps}, 1)")
    return Expression(f"{place.help('time_to_channels')}({{0}}, {steps})")


@rule(ChannelsToTime)
def channels_to_time(place: Place[ChannelsToTime]) -> Expression:
    """Steps before the samples, of which a shorter sequence has the first."""
    return Expression(f"{{0}}.unflatten(1, ({hole('steps', place.op.most)}, -1)).transpose(0, 1)[:{{time}}]")
