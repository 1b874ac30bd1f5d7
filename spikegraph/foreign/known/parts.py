"""Parts of a tensor: some of its channels, such as queries, keys and values that one layer computes."""

from collections.abc import Sequence
from typing import Any, cast

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.exchanged import as_tokens, axis_of, exchanged, swapped
from spikegraph.foreign.known.layers import with_channels
from spikegraph.foreign.layout import Layout, Part, shuffled
from spikegraph.foreign.statements import Number, Value

STEPS = "if this is one of several time steps, give a module of one step, without the loop over steps; otherwise use layers"

FEW_STEPS = "if these are two time steps, give three or more, since the first may be another one; otherwise use layers"


def subscript(key: Any) -> str:
    """A subscript as in the module's code, such as `[:, :2]`."""

    def text(part: Any) -> str:
        if not isinstance(part, slice):
            return "..." if part is ... else str(part) if isinstance(part, int | None) else "x"
        numbers: list[Any] = [getattr(cast("Any", part), name) for name in ("start", "stop", "step")]
        return ":".join("" if n is None else str(n) for n in numbers[: 2 + (numbers[2] is not None)])

    parts = cast("tuple[Any, ...]", key) if isinstance(key, tuple) else (key,)
    return f"[{', '.join(map(text, parts))}]"


@adapter("operator.getitem", any_layout=True)
def part(call: Call, x: Value, key: Any) -> Value:
    """A range of channels; dimensions of length 1 are added and dropped."""
    kept: list[int | None] = []  # the dimensions of the result, None for a new one
    at = 0
    for one in _each(x, key):
        if one is None:
            kept.append(None)
            continue
        length = x.shape[at]
        taken = _range(one, length)
        whole = taken is not None and len(taken) == length and not (isinstance(one, int) and at < len(x.lead))
        axis = None if whole else axis_of(call.layout(x), at)
        if taken is None or taken.step != 1 or not taken or not (whole or axis is not None or _is_top(call.layout(x), at)):
            few = isinstance(one, int) and length == 2
            raise call.refuse(f"it takes a part of a tensor, {subscript(key)}", FEW_STEPS if few else STEPS)
        if len(taken) < length:
            each = isinstance(one, int)
            sizes = [1] * length if each else [n for n in (taken.start, len(taken), length - taken.stop) if n]
            k = taken.start if each else int(taken.start > 0)
            x = taken_part(call, x, at, sizes, k) if axis is None else _of_pixels(call, x, at, sizes, k, alone=each)
        if not isinstance(one, int):
            kept.append(at)
        at += 1
    layout = call.layout(x)
    return call.seen(x, layout.with_(() if k is None else layout.dimensions[k] for k in kept))


def _of_pixels(call: Call, x: Value, dimension: int, sizes: Sequence[int], part: int, *, alone: bool) -> Value:
    """One of several parts of a spatial axis; one position alone without the axis."""
    x = as_tokens(call, x, dimension)
    axis = axis_of(call.layout(x), dimension)
    assert axis is not None
    taken = taken_part(call, exchanged(call, x, axis), dimension, sizes, part)
    if alone and len(x.size) == 1:
        return call.add("flatten", taken, layout=_without_axis(swapped(call.layout(taken), axis), axis))
    back = exchanged(call, taken, axis)
    if not alone:
        return back
    layout = _without_axis(call.layout(back), axis)
    return call.add("reshape", back, params={"channels": layout.channels, "size": layout.size}, layout=layout)


def _without_axis(layout: Layout, axis: int) -> Layout:
    """A layout without a spatial axis of length 1."""
    names = {str(k): str(k - 1) for k in range(axis + 1, len(layout.size))}
    dimensions = (tuple(p._replace(axis=names.get(p.axis, p.axis)) for p in d) for d in layout.dimensions)
    return Layout(tuple(dimensions), layout.channels, layout.size[:axis] + layout.size[axis + 1 :])


@adapter("torch.narrow", "Tensor.narrow", any_layout=True)
def narrowed(call: Call, x: Value, dim: int, start: int, length: int) -> Value:
    """A range of channels, by its first one and their number."""
    keys: list[slice] = [slice(None)] * len(x.shape)
    keys[dim] = slice(start, start + length)
    return part(call, x, tuple(keys))


def _each(x: Value, key: Any) -> list[Any]:
    """A subscript for each dimension."""
    keys = list(cast("tuple[Any, ...]", key) if isinstance(key, tuple) else (key,))
    named = sum(k is not None and k is not ... for k in keys)
    place = next((k for k, one in enumerate(keys) if one is ...), len(keys))
    keys[place : place + 1] = [slice(None)] * (len(x.shape) - named)
    return keys


def _range(key: Any, length: int) -> range | None:
    """What a subscript takes of a dimension; None if it isn't known."""
    if isinstance(key, int):
        return range(key % length, key % length + 1)
    return range(length)[key] if isinstance(key, slice) else None


def _is_top(layout: Layout, dimension: int) -> bool:
    """Whether a dimension has ranges of channels, so that a part of it is a range too."""
    parts = layout.dimensions[dimension]
    return len(parts) == 1 and parts[0].axis == "C" and parts[0].size * parts[0].stride == layout.channels


def taken_part(call: Call, x: Value, dimension: int, sizes: Sequence[int], part: int) -> Value:
    """One of several parts of a dimension of channels."""
    if shuffled(call.layout(x)) is not None:
        x = call.ordered(x)
    layout = call.layout(x)
    if not _is_top(layout, dimension):
        raise call.refuse(
            f"it divides dimension {dimension} of {list(x.shape)}", "divide the channels, or the heads' first part"
        )
    stride, length = layout.dimensions[dimension][0].stride, sizes[part]
    parts: Number = len(sizes) if len(set(sizes)) == 1 else tuple(n * stride for n in sizes)
    own = (Part("C", length, stride),) if length > 1 else ()
    dimensions = (own if k == dimension else d for k, d in enumerate(layout.dimensions))
    there = Layout(tuple(dimensions), length * stride, layout.size)
    return call.add("split", x, params={"parts": parts, "part": part}, layout=there)


def _all(call: Call, x: Value, dim: int, sizes: Sequence[int]) -> tuple[Value, ...]:
    if len(sizes) == 1:
        return (x,)
    return tuple(taken_part(call, x, dim % len(x.shape), sizes, k) for k in range(len(sizes)))


@adapter("torch.repeat_interleave", "Tensor.repeat_interleave", any_layout=True)
def spread(call: Call, x: Value, repeats: Any, dim: int | None = None) -> Value:
    """Each channel several times in a row."""
    layout = call.layout(x)
    if not isinstance(repeats, int) or dim is None or not layout.holds(layout.dimensions[dim], "C"):
        raise call.refuse("it repeats something else than each channel", "give it one number, and the channels' dimension")
    to = repeats * layout.channels
    return call.add("spread", x, params={"to": to}, layout=with_channels(layout, dim, to))


@adapter("torch.chunk", "Tensor.chunk", "torch.split", "Tensor.split", any_layout=True)
def parts(call: Call, x: Value, _: Any, dim: int = 0) -> tuple[Value, ...]:
    """Parts of the channels, which have the sizes of the results."""
    return _all(call, x, dim, [int(r.shape[dim]) for r in call.result])


@adapter("torch.unbind", "Tensor.unbind", any_layout=True)
def unbound(call: Call, x: Value, dim: int = 0) -> tuple[Value, ...]:
    """Each part of a dimension of channels, without this dimension."""
    dim %= len(x.shape)
    found: list[Value] = []
    for one in _all(call, x, dim, [1] * x.shape[dim]):
        layout = call.layout(one)
        found.append(call.seen(one, layout.with_(d for k, d in enumerate(layout.dimensions) if k != dim)))
    return tuple(found)
