"""Layers of PyTorch; SpikingJelly's layers of the same names compute the same at each time step."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.statements import Number, Value

JELLY = "spikingjelly.activation_based.layer"


def each(*names: str) -> tuple[str, ...]:
    """The full names of layers that PyTorch and SpikingJelly have."""
    return tuple(f"{package}.{name}" for name in names for package in ("torch.nn", JELLY))


def number(given: Any, axes: int) -> int | tuple[int, ...]:
    """A size as one number, or as one for each axis where they differ."""
    if isinstance(given, int):
        return given
    values = tuple(int(n) for n in given)
    return values[0] if len(set(values)) == 1 and len(values) == axes else values


def without_defaults(params: dict[str, Number], **defaults: Number) -> dict[str, Number]:
    """The parameters that aren't as by default."""
    return {k: v for k, v in params.items() if k not in defaults or v != defaults[k]}


def centred(size: tuple[int, ...], kernel: Any, stride: Any, dilation: Any, padding: Any) -> bool:
    """Whether a padding is that of the language's own windows, for an axis of any size."""
    axes = len(size)
    kernels, strides, dilations, pads = ([n] * axes if isinstance(n, int) else list(n) for n in (kernel, stride, dilation, padding))
    reaches = [d * (k - 1) + 1 for k, d in zip(kernels, dilations, strict=True)]
    return all(r % 2 == 1 and p == r // 2 for r, p in zip(reaches, pads, strict=True))


@adapter(*each("Conv1d", "Conv2d", "Conv3d"))
def conv(call: Call, x: Value) -> Value:
    """A convolution."""
    layer = call.module
    if layer.padding_mode != "zeros":
        raise call.refuse(f"the language pads with zeros, not with `{layer.padding_mode}`", "use padding_mode='zeros'")
    axes = len(layer.kernel_size)
    if x.axes != axes:
        raise call.refuse("it follows a global pooling, which leaves no axes", "use a linear layer there")
    padding = layer.padding
    if padding == "valid":
        padding = (0,) * axes
    if padding == "same":
        padding = tuple(d * (k - 1) // 2 for k, d in zip(layer.kernel_size, layer.dilation, strict=True))
        if any(d * (k - 1) % 2 for k, d in zip(layer.kernel_size, layer.dilation, strict=True)):
            raise call.refuse("padding='same' of an even kernel is longer behind the axis", "use an odd kernel, or a number")
    size = x.size
    groups: Number = "all" if layer.groups == layer.in_channels > 1 else layer.groups
    params: dict[str, Number] = {
        "kernel": number(layer.kernel_size, axes),
        "out": layer.out_channels,
        "stride": number(layer.stride, axes),
        "bias": layer.bias is not None,
        "dilation": number(layer.dilation, axes),
        "groups": groups,
    }
    if not centred(size, layer.kernel_size, layer.stride, layer.dilation, padding):
        params["padding"] = number(padding, axes)
    weights = {"weight": "weight"} | ({"bias": "bias"} if layer.bias is not None else {})
    return call.add("conv", x, weights=weights, **without_defaults(params, stride=1, bias=True, dilation=1, groups=1))


@adapter(*each("Linear"))
def linear(call: Call, x: Value) -> Value:
    """A linear layer."""
    layer = call.module
    if len(x.shape) - len(x.lead) != 1:
        raise call.refuse("it takes the last of several axes", "use a convolution with kernel 1 on [N, C, ...], or flatten before it")
    weights = {"weight": "weight"} | ({"bias": "bias"} if layer.bias is not None else {})
    return call.add("linear", x, weights=weights, **without_defaults({"out": layer.out_features, "bias": layer.bias is not None}, bias=True))


@adapter(*each("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"))
def batch_norm(call: Call, x: Value) -> Value:
    """Batch norm; in training its statistics are those of all time steps."""
    layer = call.module
    if not layer.track_running_stats or layer.running_mean is None:
        raise call.refuse("it has no running statistics", "use track_running_stats=True")
    if layer.momentum is None:
        raise call.refuse("its statistics are the mean of all batches", "give it a `momentum`")
    if layer.training and call.single:
        call.approximation(
            "in training, each call has statistics of its own, here all time steps have the same",
            "call `module.eval()` first, or give the module all steps at once",
        )
    names = ("weight", "bias", "running_mean", "running_var") if layer.affine else ("running_mean", "running_var")
    params: dict[str, Number] = {"eps": layer.eps, "momentum": layer.momentum, "affine": layer.affine}
    return call.add("norm", x, weights={n: n for n in names}, **without_defaults(params, eps=1e-5, momentum=0.1, affine=True))


@adapter(*each("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"))
def instance_norm(call: Call, x: Value) -> Value:
    """Instance norm without running statistics."""
    layer = call.module
    if layer.track_running_stats:
        raise call.refuse("it has running statistics", "use track_running_stats=False")
    params: dict[str, Number] = {"kind": "instance", "eps": layer.eps, "affine": layer.affine}
    weights = {n: n for n in ("weight", "bias")} if layer.affine else {}
    return call.add("norm", x, weights=weights, **without_defaults(params, eps=1e-5, affine=True))


def pooled(call: Call, x: Value, kind: str, kernel: Any, stride: Any, padding: Any, *, ceil: bool) -> Value:
    """A pooling over windows."""
    axes = x.axes
    kernel, stride, padding = (number(n, axes) for n in (kernel, kernel if stride is None else stride, padding))
    if ceil:
        raise call.refuse("ceil_mode=True rounds its size up", "use ceil_mode=False")
    params: dict[str, Number] = {"kernel": kernel, "stride": stride}
    if centred(x.size, kernel, stride, 1, padding) and kernel != 1:
        params["padding"] = "centred"
    else:
        pairs = [([n] * axes if isinstance(n, int) else n) for n in (kernel, stride, padding)]
        exact = all(p == 0 and k == s and n % s == 0 for n, k, s, p in zip(x.size, *pairs, strict=True))
        params |= {} if exact else {"padding": padding}
    return call.add("pool", x, kind=kind, **without_defaults(params, kernel=2, stride=2))


@adapter(*each("MaxPool1d", "MaxPool2d", "MaxPool3d"))
def max_pool(call: Call, x: Value) -> Value:
    """Maximum over windows."""
    layer = call.module
    if layer.dilation not in (1, (1,) * x.axes) or layer.return_indices:
        raise call.refuse("the language has no dilated windows of poolings, and no indices", "use dilation=1 and return_indices=False")
    return pooled(call, x, "max", layer.kernel_size, layer.stride, layer.padding, ceil=layer.ceil_mode)


@adapter(*each("AvgPool1d", "AvgPool2d", "AvgPool3d"))
def average_pool(call: Call, x: Value) -> Value:
    """Mean over windows."""
    layer = call.module
    padded = layer.padding not in (0, (0,) * x.axes)
    if padded and layer.count_include_pad:
        raise call.refuse("it counts its padding, which the language doesn't", "use count_include_pad=False")
    if getattr(layer, "divisor_override", None) is not None:
        raise call.refuse("it has a divisor of its own", "leave out `divisor_override`")
    return pooled(call, x, "avg", layer.kernel_size, layer.stride, layer.padding, ceil=layer.ceil_mode)


@adapter(*each("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"))
def adaptive_pool(call: Call, x: Value) -> Value:
    """Mean over as many windows as the result has pixels."""
    return adaptive(call, x, call.module.output_size)


def adaptive(call: Call, x: Value, wanted: Any) -> Value:
    """Mean over as many windows as the result has pixels, if these are equal."""
    sizes = [wanted] * x.axes if isinstance(wanted, int) else [n if w is None else w for n, w in zip(x.size, wanted, strict=True)]
    if tuple(sizes) == x.size:
        return x
    if all(n == 1 for n in sizes):
        return call.add("pool", x, axes=0)
    if any(n % w for n, w in zip(x.size, sizes, strict=True)):
        raise call.refuse(f"it makes {sizes} of {list(x.size)}, with windows of several sizes", "use an input whose size its output divides")
    kernel = tuple(n // w for n, w in zip(x.size, sizes, strict=True))
    return pooled(call, x, "avg", kernel, kernel, 0, ceil=False)


@adapter("torch.nn.ReLU", "torch.nn.functional.relu", "torch.relu", "Tensor.relu", "Tensor.relu_", "torch.nn.functional.relu_")
def relu(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """ReLU."""
    return call.neuron(x, model="relu")


@adapter("torch.nn.LeakyReLU")
def leaky_relu(call: Call, x: Value) -> Value:
    """Leaky ReLU."""
    slope = call.module.negative_slope
    if not 0 <= slope <= 1:
        raise call.refuse(f"its slope is {slope:g}", "use a slope from 0 to 1")
    return call.neuron(x, model=f"relu(slope = {slope:g})")


@adapter("torch.nn.Identity")
def identity(call: Call, x: Value) -> Value:
    """Nothing."""
    return x


@adapter("torch.nn.Dropout", "torch.nn.Dropout2d", f"{JELLY}.Dropout", f"{JELLY}.Dropout2d")
def dropout(call: Call, x: Value) -> Value:
    """Dropout, whose masks differ where it is trained: the language has one for all time steps of a sequence."""
    layer = call.module
    return x if layer.p == 0 else call.add("dropout", x, probability=layer.p)


@adapter(*each("Upsample"))
def upsample(call: Call, x: Value) -> Value:
    """Interpolation."""
    layer = call.module
    return interpolated(call, x, layer.size, layer.scale_factor, layer.mode, layer.align_corners)


def interpolated(call: Call, x: Value, size: Any, scale: Any, mode: str, corners: bool | None) -> Value:
    """Interpolation by a whole factor, nearest or bilinear."""
    smooth = {1: "linear", 2: "bilinear", 3: "trilinear"}[x.axes]
    if mode not in ("nearest", smooth) or corners:
        raise call.refuse(f"the language has no mode `{mode}`{' with align_corners' if corners else ''}", f"use `nearest` or `{smooth}`")
    wanted = call.result.shape[-x.axes :]
    factors = {w // n for n, w in zip(x.size, wanted, strict=True)} if all(w % n == 0 for n, w in zip(x.size, wanted, strict=True)) else set()
    if len(factors) != 1 or any(n % 2 for n in x.size if factors != {1}):
        raise call.refuse(f"it makes {list(wanted)} of {list(x.size)}", "use one whole factor, and an even size before it")
    (factor,) = factors
    return call.add("upsample", x, **without_defaults({"scale": factor, "mode": "nearest" if mode == "nearest" else "bilinear"}, scale=2, mode="nearest"))
