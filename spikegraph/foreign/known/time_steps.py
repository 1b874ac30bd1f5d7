"""Time steps as channels, where a layer takes the dimension of the steps for that of the channels, and the way back."""

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.layout import Layout, Part
from spikegraph.foreign.statements import Value


def as_channels(call: Call, x: Value, dimension: int) -> Value:
    """The value with its steps as channels, if they lie in the dimension of a tensor that a layer takes for the channels."""
    layout = call.layout(x)
    steps = layout.length("T")
    there = Part("T", steps, 1)
    if steps == 1 or there not in layout.dimensions[dimension]:
        return x
    channels = Part("C", steps, layout.channels)
    dimensions = layout.with_(tuple(channels if p == there else p for p in d) for d in layout.dimensions).dimensions
    return _add(call, "time_to_channels", x, steps, Layout(dimensions, steps * layout.channels, layout.size))


def as_steps(call: Call, x: Value, there: Layout) -> Value:
    """The value with its channels as steps, if it has them where another layout, with which it is computed, has the steps."""
    layout, steps = call.layout(x), there.length("T")
    more = len(there.dimensions) - len(layout.dimensions)
    if steps == 1 or layout.length("T") > 1 or more < 0 or layout.channels % steps:
        return x
    for k, (first, *others) in ((k, d) for k, d in enumerate(layout.dimensions) if d):
        whole = first.axis == "C" and first.size * first.stride == layout.channels and not first.size % steps
        if whole and Part("T", steps, 1) in there.dimensions[k + more]:
            rest = (Part("C", first.size // steps, first.stride),) if first.size > steps else ()
            own = (Part("T", steps, 1), *rest, *others)
            dimensions = tuple(own if n == k else d for n, d in enumerate(layout.dimensions))
            return _add(call, "channels_to_time", x, steps, Layout(dimensions, layout.channels // steps, layout.size))
    return x


def _add(call: Call, op: str, x: Value, steps: int, layout: Layout) -> Value:
    """An operation that needs the number of steps, which a network that repeats its inputs has itself."""
    return call.add(op, x, params={} if call.statements.time == steps else {"steps": steps}, layout=layout)
