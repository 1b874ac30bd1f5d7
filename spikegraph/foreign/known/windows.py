"""Poolings and interpolation of PyTorch, as layers; SpikingJelly's of the same names compute the same at each time step."""

import math
from collections.abc import Sequence
from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.reductions import reduced
from spikegraph.foreign.known.sizes import axes_of, centred, each, for_each, one_or_each, with_axes, without_defaults
from spikegraph.foreign.layout import Layout, whole
from spikegraph.foreign.statements import Number, Value, Weight

LEAVE_OUT = "leave it out"


def pooled(call: Call, x: Value, kind: str, kernel: Any, stride: Any, padding: Any, *, ceil: bool) -> Value:
    """A pooling over windows."""
    with_axes(call, x, axes_of(call), LEAVE_OUT)
    axes = x.axes
    kernel, stride, padding = (one_or_each(n, axes) for n in (kernel, kernel if stride is None else stride, padding))
    params: dict[str, Number] = {"kind": kind, "kernel": kernel, "stride": stride}
    along = list(zip(x.size, *(for_each(n, axes) for n in (kernel, stride, padding)), strict=True))
    if ceil and any(_longer(*axis) for axis in along):
        if not all(_even(*axis) for axis in along):
            raise call.refuse(
                f"ceil_mode=True rounds its size up, with windows on {list(x.size)} that the language doesn't have",
                "use ceil_mode=False",
            )
        params["padding"] = "even"
    elif centred(axes, kernel, 1, padding) and kernel != 1:
        params["padding"] = "centred"
    elif not all(p == 0 and k == s and n % s == 0 for n, k, s, p in along):
        params["padding"] = padding
    return call.add("pool", x, params=without_defaults(params, kernel=2, stride=2))


def _rounded_up(n: int, kernel: int, stride: int, padding: int) -> int:
    """The windows of PyTorch along an axis with ceil_mode: the last one begins within the axis or the padding before it."""
    count = -(-(n + 2 * padding - kernel) // stride) + 1
    return count - ((count - 1) * stride >= n + padding)


def _longer(n: int, kernel: int, stride: int, padding: int) -> bool:
    """Whether ceil_mode adds a window along an axis."""
    return _rounded_up(n, kernel, stride, padding) != (n + 2 * padding - kernel) // stride + 1


def _even(n: int, kernel: int, stride: int, padding: int) -> bool:
    """Whether windows with ceil_mode are those of `padding = even`, which has the smaller half of what is missing before."""
    count = _rounded_up(n, kernel, stride, padding)
    return count == -(-n // stride) and padding == max((count - 1) * stride + kernel - n, 0) // 2


def max_pooled(
    call: Call, x: Value, kernel: Any, stride: Any, padding: Any, dilation: Any, *, ceil: bool, indices: bool
) -> Value:
    """Maximum over windows."""
    if indices:
        raise call.refuse("it returns indices, which the language doesn't have", "use return_indices=False")
    if set(for_each(dilation, 1)) != {1}:
        raise call.refuse("its windows are dilated, and the language has no such poolings", "use dilation=1")
    return pooled(call, x, "max", kernel, stride, padding, ceil=ceil)


def mean_pooled(
    call: Call, x: Value, kernel: Any, stride: Any, padding: Any, *, ceil: bool, counts: bool, divisor: int | None
) -> Value:
    """Mean over windows; of neighbouring channels where these are the last dimension, as of [N, 1, C]."""
    voters = _voters(call, x, kernel, kernel if stride is None else stride, padding)
    if voters is not None and divisor is None:
        layout = call.layout(x)
        classes = layout.channels // voters
        after = Layout((*layout.dimensions[:-1], whole("C", classes)), classes, layout.size)
        return call.add("vote", x, params={"voters": voters}, layout=after)
    x = call.ordered(x)
    if any(for_each(padding, 1)) and counts:
        raise call.refuse("it counts its padding, which the language doesn't", "use count_include_pad=False")
    if divisor is not None:
        raise call.refuse("it has a divisor of its own", "leave out `divisor_override`")
    return pooled(call, x, "avg", kernel, stride, padding, ceil=ceil)


def _voters(call: Call, x: Value, kernel: Any, stride: Any, padding: Any) -> int | None:
    """How many neighbouring channels have one mean; None if windows aren't of channels, or overlap or leave some out."""
    if axes_of(call) != 1 or x.channels == 1 or not (layout := call.layout(x)).holds(layout.dimensions[-1], "C"):
        return None
    (k,), (s,), (p,) = (for_each(n, 1) for n in (kernel, stride, padding))
    return k if k == s and p == 0 and x.channels % k == 0 else None


@adapter(*each("MaxPool1d", "MaxPool2d", "MaxPool3d"))
def max_pool(call: Call, x: Value) -> Value:
    """Maximum over windows, by a layer."""
    p = call.module
    return max_pooled(call, x, p.kernel_size, p.stride, p.padding, p.dilation, ceil=p.ceil_mode, indices=p.return_indices)


@adapter(*each("AvgPool1d", "AvgPool2d", "AvgPool3d"), any_layout=True)
def average_pool(call: Call, x: Value) -> Value:
    """Mean over windows, by a layer."""
    p = call.module
    divisor = getattr(p, "divisor_override", None)
    return mean_pooled(
        call, x, p.kernel_size, p.stride, p.padding, ceil=p.ceil_mode, counts=p.count_include_pad, divisor=divisor
    )


@adapter(*each("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"), any_layout=True)
def adaptive_pool(call: Call, x: Value) -> Value:
    """Mean over as many windows as the result has pixels, by a layer."""
    if x.layout is not None:
        axes, wanted = axes_of(call), call.module.output_size
        if {*(wanted if isinstance(wanted, tuple) else (wanted,))} == {1}:
            return reduced(call, x, range(len(x.shape) - axes, len(x.shape)), "mean", keepdim=True)
        x = call.ordered(x)
    return adaptive(call, x, call.module.output_size)


def adaptive(call: Call, x: Value, wanted: Any) -> Value:
    """Mean over as many windows as the result has pixels, if these are equal."""
    with_axes(call, x, axes_of(call), LEAVE_OUT)
    given: Sequence[int | None] = [wanted] * x.axes if isinstance(wanted, int) else wanted
    sizes = [n if w is None else w for n, w in zip(x.size, given, strict=True)]
    if tuple(sizes) == x.size:
        return x
    if all(n == 1 for n in sizes):
        return call.add("pool", x, axes=0)
    if all(n == 1 for n in x.size):
        return _repeated(call, x, sizes)
    factors = _factors(x.size, sizes)
    if factors is None:
        passing = [[n] * x.axes for n in range(1, 2 * sizes[0] + 1)] if len({*sizes}) == 1 else [sizes, [2 * n for n in sizes]]
        passing = [each for each in passing if {*each} == {1} or _factors(each, sizes) is not None]
        raise call.refuse(
            f"it makes {sizes} of {list(x.size)}, with windows of several sizes",
            f"give it {', '.join(map(str, passing))} or another multiple of its output",
        )
    larger, kernel = factors
    if larger > 1:
        size = [n * larger for n in x.size]
        x = call.add("upsample", x, params=without_defaults({"scale": larger}, scale=2), shape=(*x.shape[: -x.axes], *size))
    return x if {*kernel} == {1} else pooled(call, x, "avg", kernel, kernel, 0, ceil=False)


def _factors(size: Sequence[int], wanted: Sequence[int]) -> tuple[int, tuple[int, ...]] | None:
    """By how much a map is repeated before windows of one size make what is wanted of it, and these; None if none do.

    Adaptive windows have all pixels that they touch alike, so one that is repeated has one pixel, or the mean of two.
    """
    common = [math.gcd(n, w) for n, w in zip(size, wanted, strict=True)]
    larger = {w // g for w, g in zip(wanted, common, strict=True)}
    kernel = tuple(n // g for n, g in zip(size, common, strict=True))
    if larger == {1}:
        return 1, kernel
    even = len(larger) == 1 and not any(n % 2 for n in size)
    return (larger.pop(), kernel) if even and max(kernel) <= 2 else None


def _repeated(call: Call, x: Value, sizes: Sequence[int]) -> Value:
    """One pixel at all pixels of a map, as pooling into more windows than pixels gives it."""
    count, lead = math.prod(sizes), tuple(x.shape[: len(x.lead)])
    one = call.add("pool", x, shape=(*lead, x.channels), axes=0)
    rows = call.add("spread", one, params={"to": count * x.channels}, shape=(*lead, count * x.channels), axes=0)
    return call.add("reshape", rows, params={"channels": x.channels, "size": tuple(sizes)}, axes=len(sizes))


@adapter(*each("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"))
def transposed(call: Call, x: Value) -> Value:
    """A transposed convolution whose result has the stride times the size."""
    layer, axes = call.module, axes_of(call)
    with_axes(call, x, axes, LEAVE_OUT)
    reaches = [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    wanted = tuple(call.first.shape[-axes:])
    larger = tuple(n * s for n, s in zip(x.size, layer.stride, strict=True))
    before = tuple(r // 2 if r % 2 else max(r - s, 0) // 2 for r, s in zip(reaches, layer.stride, strict=True))
    if wanted != larger or tuple(layer.padding) != before:
        behind = [s + 2 * p - r for r, s, p in zip(reaches, layer.stride, before, strict=True)]
        raise call.refuse(
            f"it makes {list(wanted)} of {list(x.size)}, with a padding of {list(layer.padding)}",
            f"make {list(larger)}, with padding={before} and output_padding={tuple(behind)}"
            if min(behind) >= 0
            else "use Upsample and a convolution",
        )
    params: dict[str, Number] = {
        "kernel": one_or_each(layer.kernel_size, axes),
        "out": layer.out_channels,
        "stride": one_or_each(layer.stride, axes),
        "bias": layer.bias is not None,
        "dilation": one_or_each(layer.dilation, axes),
        "groups": layer.groups,
    }
    weights = {"weight": Weight("weight", groups=layer.groups), "bias": Weight("bias")}
    return call.add(
        "transposed",
        x,
        params=without_defaults(params, stride=1, bias=True, dilation=1, groups=1),
        weights={name: w for name, w in weights.items() if getattr(layer, name) is not None},
    )


@adapter(*each("Upsample"))
def upsample(call: Call, x: Value) -> Value:
    """Interpolation, by a layer."""
    return interpolated(call, x, call.module.mode, corners=bool(call.module.align_corners))


LARGEST = 8
"""The smallest fraction of a size that a map is resized to."""


def sized(call: Call, size: tuple[int, ...]) -> tuple[Value, int] | None:
    """The last value of which a size is a whole fraction, and by which number it is divided; the smallest of these."""
    for down in range(1, LARGEST + 1):
        for value in reversed(call.statements.values()):
            if value.size and tuple(-(-n // down) for n in value.size) == size:
                return value, down
    return None


def interpolated(call: Call, x: Value, mode: str, *, corners: bool) -> Value:
    """Interpolation by a whole factor, or to the size of another value, nearest or bilinear."""
    with_axes(call, x, len(x.shape) - len(x.lead) - 1 or 1, LEAVE_OUT)
    smooth = {1: "linear", 2: "bilinear", 3: "trilinear"}[x.axes]
    if mode not in ("nearest", smooth):
        raise call.refuse(f"the language has no mode `{mode}`", f"use `nearest` or `{smooth}`")
    if corners:
        raise call.refuse("it aligns the corners, which the language doesn't", "use align_corners=False")
    wanted: tuple[int, ...] = tuple(call.first.shape[-x.axes :])
    params: dict[str, Number]
    factors = {w / n for n, w in zip(x.size, wanted, strict=True)}
    factor = int(min(factors))
    if factors != {factor} or (factor > 1 and any(n % 2 for n in x.size)):
        found = sized(call, wanted)
        if found is not None:
            like, down = found
            params = {"down": down, "mode": "nearest" if mode == "nearest" else "bilinear"}
            return call.add("resize", x, like, params=without_defaults(params, down=1, mode="nearest"))
        help = "use an even size before it" if factors == {factor} else "use a factor such as 2"
        raise call.refuse(f"it makes {list(wanted)} of {list(x.size)}, and no value before it has this size", help)
    params = {"scale": factor, "mode": "nearest" if mode == "nearest" else "bilinear"}
    return call.add("upsample", x, params=without_defaults(params, scale=2, mode="nearest"))
