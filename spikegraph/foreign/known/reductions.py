"""Means, sums and maxima over dimensions of a tensor: time steps, pixels, channels, those of each head."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.sizes import for_each
from spikegraph.foreign.layout import Layout, Part
from spikegraph.foreign.statements import Number, Total, Value

By = Literal["mean", "sum", "max"]

TIME, SPACE, CHANNELS = "time", "space", "channels"

AXES = ("depth", "height", "width")
"""Names of the last three spatial axes."""


def roles(x: Value, dimension: int) -> tuple[str, ...]:
    """What a dimension is: the time steps, pixels, channels, several of these that it merges, or nothing that is known."""
    if x.layout is None:  # by place: its length may be 1
        behind = dimension - len(x.lead) - 1
        if x.lead[dimension : dimension + 1] == ("T",):
            return (TIME,)
        return (CHANNELS,) if behind == -1 else (SPACE,) if 0 <= behind < x.axes else ()
    axes = {part.axis for part in x.layout.dimensions[dimension]}
    if "N" in axes:
        return ()
    found = {TIME: "T" in axes, SPACE: not axes.isdisjoint(x.layout.spatial), CHANNELS: "C" in axes}
    return tuple(name for name, there in found.items() if there)


def dimensions_of(x: Value, dim: Any) -> list[int]:
    """The dimensions that a reduction names, in order; all of them if it names none."""
    return sorted(d % len(x.shape) for d in ((dim,) if isinstance(dim, int) else range(len(x.shape)) if dim is None else dim))


def reduced(call: Call, x: Value, dim: Any, by: By, *, keepdim: bool) -> Value:
    """A value without some dimensions of its tensor."""
    dims = dimensions_of(x, dim)
    found = {k: roles(x, k) for k in dims}
    time, space, channels = ([k for k in dims if name in found[k]] for name in (TIME, SPACE, CHANNELS))
    if not dims or () in found.values():
        words = {"mean": "a mean", "sum": "a sum", "max": "a maximum"}[by]
        raise call.refuse(f"it is {words} over the dimensions {dims}", "keep the samples, and whole steps, pixels or channels")
    if space:
        x = _over_space(call, x, space, by)
    if channels:
        x = _over_channels(call, x, channels, by)
    if time:
        op, params = _over_time(by)
        x = call.add(op, x, params=params, layout=_without(call.layout(x), time, ("T",), x.channels, x.size))
    layout = call.layout(x)
    return call.seen(x, layout if keepdim else layout.with_(d for k, d in enumerate(layout.dimensions) if k not in dims))


def _over_time(by: By) -> tuple[str, dict[str, Number]]:
    """The operation over all time steps, with its parameters."""
    return ("mean", {"over": TIME}) if by == "mean" else ("reduce", {"over": TIME, "by": by})


def _without(layout: Layout, dims: list[int], gone: Sequence[str], channels: int, size: tuple[int, ...]) -> Layout:
    """A layout without some axes in some dimensions, of a value with other channels or sizes."""
    kept = layout.with_(tuple(p for p in d if p.axis not in gone) if k in dims else d for k, d in enumerate(layout.dimensions))
    return Layout(kept.dimensions, channels, size)


def _over_space(call: Call, x: Value, dims: list[int], by: By) -> Value:
    layout = call.layout(x)
    if dims == [k for k in range(len(x.shape)) if SPACE in roles(x, k)]:
        op, params = ("pool", {}) if by == "mean" else ("reduce", {"over": "space", "by": by})
        return call.add(op, x, params=params, layout=_without(layout, dims, layout.spatial, x.channels, ()))
    for k in reversed(dims):
        axis = next((n for n in layout.spatial if layout.holds(layout.dimensions[k], n)), None)
        if axis is None:
            raise call.refuse("it is over a part of the pixels", "use all pixels, or rows or columns of a map")
        name = AXES[int(axis) - len(layout.size)]
        size = tuple(n for m, n in enumerate(layout.size) if m != int(axis))
        layout = _without(layout, [k], (axis,), x.channels, layout.size)
        later = {str(m): str(m - 1) for m in range(int(axis) + 1, len(layout.size))}
        layout = layout.with_(tuple(p._replace(axis=later.get(p.axis, p.axis)) for p in d) for d in layout.dimensions)
        layout = Layout(layout.dimensions, x.channels, size)
        x = call.add("reduce", x, params={"over": name, "by": by}, layout=layout)
    return x


def _over_channels(call: Call, x: Value, dims: list[int], by: By) -> Value:
    layout = call.layout(x)
    parts = sorted(part for k in dims for part in layout.dimensions[k] if part.axis == "C")
    params: dict[str, Number] = {"over": CHANNELS, "by": by}
    count = 1
    for part in parts:
        count *= part.size
    if count == x.channels:
        after, divided = 1, 1
    elif len(parts) == 1 and parts[0].stride == 1:
        after = divided = x.channels // count
        params["heads"] = after
    elif len(parts) == 1 and count * parts[0].stride == x.channels:
        after, divided = x.channels // count, x.channels
        params |= {"over": "heads", "heads": count}
    else:
        raise call.refuse("it is over a part of the channels", "use all channels, those of each head, or the heads")
    width = x.channels // divided
    without = _without(layout, dims, ("C",), after, x.size)
    inside = (tuple(_narrowed(p, width) for p in d) for d in without.dimensions)
    return call.add("reduce", x, params=params, layout=without.with_(inside))


def _narrowed(part: Part, width: int) -> Part:
    """A part of the channels, of which each group of neighbours is now one."""
    return part._replace(stride=part.stride // width) if part.axis == "C" else part


@adapter("torch.mean", "Tensor.mean", any_layout=True)
def mean(call: Call, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Value:
    """A mean."""
    return reduced(call, x, dim, "mean", keepdim=keepdim)


@adapter("torch.sum", "Tensor.sum", any_layout=True)
def total(call: Call, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Value | Total:
    """A sum; of one over the time steps it isn't known yet whether it is divided by their number."""
    dims = dimensions_of(x, dim)
    if len(dims) == 1 and roles(x, dims[0]) == (TIME,):

        def over_steps(by: By) -> Value:
            return reduced(call, x, dims, by, keepdim=keepdim)

        return Total(cache(over_steps), x.shape[dims[0]])
    return reduced(call, x, dim, "sum", keepdim=keepdim)


def total_of_steps(call: Call, x: Value, steps: int) -> Total:
    """The sum over all steps of a value of one step."""

    def over_steps(by: By) -> Value:
        op, params = _over_time(by)
        return call.add(op, x, params=params, layout=call.layout(x))

    return Total(cache(over_steps), steps)


@adapter("torch.amax", "Tensor.amax", any_layout=True)
def largest(call: Call, x: Value, dim: Any = None, keepdim: bool = False) -> Value:
    """A maximum."""
    return reduced(call, x, dim, "max", keepdim=keepdim)


@adapter("torch.max", "Tensor.max", any_layout=True)
def largest_with_place(call: Call, x: Value, dim: Any = None, keepdim: bool = False) -> Any:
    """A maximum over one dimension, with its places, which nothing can take."""
    if not isinstance(dim, int):
        raise call.refuse("it is the maximum of two tensors, or over all dimensions", "use amax with the dimensions")
    return reduced(call, x, dim, "max", keepdim=keepdim), None


@adapter(*(f"torch.nn.AdaptiveMaxPool{n}d" for n in (1, 2, 3)), any_layout=True)
def adaptive_max_pool(call: Call, x: Value) -> Value:
    """The maximum over all pixels, or steps and pixels."""
    layer = call.module
    axes = int(type(layer).__name__[-2])
    wanted = for_each(layer.output_size, axes)
    if {*wanted} != {1} or layer.return_indices:
        raise call.refuse(f"it makes {wanted}", "use an output size of 1, or MaxPool with a kernel")
    return reduced(call, x, range(len(x.shape) - axes, len(x.shape)), "max", keepdim=True)
