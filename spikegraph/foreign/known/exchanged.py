"""Axes of pixels as channels, so that operations on channels join and divide them: tokens of a transformer."""

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.known.reductions import AXES
from spikegraph.foreign.layout import Layout, whole
from spikegraph.foreign.statements import Value


def axis_of(layout: Layout, dimension: int) -> int | None:
    """The spatial axis that a dimension is; 0 for all of several axes, which are one behind `tokens`; None for another one."""
    d = layout.dimensions[dimension]
    if d and layout.holds(d, *layout.spatial):
        return 0
    return next((int(axis) for axis in layout.spatial if d and layout.holds(d, axis)), None)


def as_tokens(call: Call, x: Value, dimension: int) -> Value:
    """A value of which a dimension has one spatial axis, with all of its axes as one if the dimension has several."""
    layout = call.layout(x)
    if len(layout.size) < 2 or not layout.holds(layout.dimensions[dimension], *layout.spatial):
        return x
    count = layout.shape[dimension]
    dimensions = (whole("0", count) if k == dimension else d for k, d in enumerate(layout.dimensions))
    return call.add("tokens", x, layout=Layout(tuple(dimensions), layout.channels, (count,)))


def swapped(layout: Layout, axis: int) -> Layout:
    """The same tensor, of a value whose channels are those positions."""
    names = {"C": str(axis), str(axis): "C"}
    size = tuple(layout.channels if k == axis else n for k, n in enumerate(layout.size))
    dimensions = (tuple(part._replace(axis=names.get(part.axis, part.axis)) for part in d) for d in layout.dimensions)
    return Layout(tuple(dimensions), layout.size[axis], size)


def exchanged(call: Call, x: Value, axis: int) -> Value:
    """A value with its channels and a spatial axis exchanged."""
    layout = call.layout(x)
    name = AXES[len(AXES) - len(layout.size) + axis]
    return call.add("swap_axes", x, params={"first": "channels", "second": name}, layout=swapped(layout, axis))
