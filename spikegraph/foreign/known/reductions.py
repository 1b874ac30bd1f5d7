"""Means over dimensions of a tensor: the time steps, all pixels."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.layout import Layout
from spikegraph.foreign.statements import Value

TIME, SPACE = "time", "space"


def role(call: Call, x: Value, dimension: int) -> str | None:
    """What a dimension is: the time steps, pixels, or something else."""
    if x.layout is None:  # by place: its length may be 1
        behind = dimension - len(x.lead) - 1
        return TIME if dimension == 0 and call.over_time(x) else SPACE if 0 <= behind < x.axes else None
    axes = {part.axis for part in x.layout.dimensions[dimension]}
    return TIME if axes == {"T"} else SPACE if axes and axes <= {*x.layout.spatial} else None


def dimensions_of(x: Value, dim: Any) -> list[int]:
    """The dimensions that a reduction names, in order."""
    return sorted(d % len(x.shape) for d in ((dim,) if isinstance(dim, int) else () if dim is None else tuple(dim)))


def reduced(layout: Layout, gone: list[int], size: tuple[int, ...]) -> Layout:
    """A layout in which some dimensions have length 1, of a value with other spatial axes."""
    kept = layout.with_(() if k in gone else d for k, d in enumerate(layout.dimensions))
    return Layout(kept.dimensions, layout.channels, size)


@adapter("torch.mean", "Tensor.mean", any_layout=True)
def mean(call: Call, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Value:
    """The mean over the time steps, over all pixels, or over both."""
    dims = dimensions_of(x, dim)
    roles = {k: role(call, x, k) for k in dims}
    time, space = ([k for k in dims if roles[k] == name] for name in (TIME, SPACE))
    pixels = [k for k in range(len(x.shape)) if role(call, x, k) == SPACE]
    if not dims or None in roles.values() or space not in ([], pixels):
        raise call.refuse(
            f"it is a mean over the dimensions {dims}", "use the mean over all pixels, or over the time steps of [T, N, ...]"
        )
    if space:
        x = call.add("pool", x, layout=reduced(call.layout(x), space, ()))
    if time:
        x = call.add("mean", x, params={"over": "time"}, layout=reduced(call.layout(x), time, x.size))
    layout = call.layout(x)
    return call.seen(x, layout if keepdim else layout.with_(d for k, d in enumerate(layout.dimensions) if k not in dims))
