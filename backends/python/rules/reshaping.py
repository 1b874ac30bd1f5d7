"""Axes in another form: tokens, reshape, swap_axes, channel_shuffle."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.ir.ops.reshaping import ChannelShuffle, Reshape, SwapAxes, Tokens


@rule(Tokens)
def tokens(place: Place[Tokens]) -> Expression:
    """All pixels in one axis."""
    if not place.axes:
        return Expression("{0}.unsqueeze(-1)")
    return Expression(f"{{0}}.flatten({-place.axes})" if place.axes > 1 else "{0}")


@rule(Reshape)
def reshape(place: Place[Reshape]) -> Expression:
    """The numbers of a time step in another shape."""
    joined = f"{{0}}.flatten({-1 - place.axes})" if place.axes else "{0}"
    return Expression(f"{joined}.unflatten(-1, {hole('shape', place.node.value.shape)})")


@rule(SwapAxes)
def swap_axes(place: Place[SwapAxes]) -> Expression:
    """Two axes exchanged."""
    first, second = (k - 1 - place.axes for k in place.op.axes(place.x))
    return Expression(f"{{0}}.transpose({first}, {second})")


@rule(ChannelShuffle)
def channel_shuffle(place: Place[ChannelShuffle]) -> Expression:
    """One channel of each group in turn."""
    at, groups = -1 - place.axes, hole("groups", place.op.groups)
    return Expression(f"{{0}}.unflatten({at}, ({groups}, -1)).transpose({at - 1}, {at}).flatten({at - 1}, {at})")
