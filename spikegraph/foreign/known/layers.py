"""Layers of PyTorch; SpikingJelly's layers of the same names compute the same at each time step."""

from collections.abc import Mapping
from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.sizes import centred, each, one_or_each, with_axes, without_defaults
from spikegraph.foreign.known.time_steps import as_channels
from spikegraph.foreign.layout import Layout, whole
from spikegraph.foreign.numbers import number
from spikegraph.foreign.statements import Number, Own, Value

EVALUATION = "call `module.eval()` first, to compare evaluation alone"


@adapter(*each("Conv1d", "Conv2d", "Conv3d"), any_layout=True)
def conv(call: Call, x: Value) -> Value:
    """A convolution; one with kernel 1 takes pixels in any order."""
    layer, x = call.module, as_channels(call, x, channel_dimension(call))
    x = x if pointwise(call, x) else call.ordered(x)
    if layer.padding_mode != "zeros":
        raise call.refuse(f"the language pads with zeros, not with `{layer.padding_mode}`", "use padding_mode='zeros'")
    axes = len(layer.kernel_size)
    if pointwise(call, x) and not x.size and layer.groups == 1:
        params = without_defaults({"out": layer.out_channels, "bias": layer.bias is not None}, bias=True)
        layout = with_channels(call.layout(x), channel_dimension(call), layer.out_channels)
        return call.add("linear", x, params=params, weights=weight_and_bias(layer), layout=layout)
    if x.layout is None:
        with_axes(call, x, axes, "use Flatten and a linear layer there")
    padding = (0,) * axes if layer.padding == "valid" else layer.padding
    groups: Number = "all" if layer.groups == layer.in_channels > 1 else layer.groups
    params: dict[str, Number] = {
        "kernel": one_or_each(layer.kernel_size, axes),
        "out": layer.out_channels,
        "stride": one_or_each(layer.stride, axes),
        "bias": layer.bias is not None,
        "dilation": one_or_each(layer.dilation, axes),
        "groups": groups,
    }
    # PyTorch has `same` with stride 1 alone, where it is the language's padding: the smaller half before the axis.
    if padding != "same" and not centred(axes, layer.kernel_size, layer.dilation, padding):
        params["padding"] = one_or_each(padding, axes)
    params = without_defaults(params, stride=1, bias=True, dilation=1, groups=1)
    layout = None if x.layout is None else with_channels(x.layout, channel_dimension(call), layer.out_channels)
    return call.add("conv", x, params=params, weights=weight_and_bias(layer), layout=layout)


def channel_dimension(call: Call) -> int:
    """The dimension that a layer of PyTorch takes for the channels."""
    return 2 if getattr(call.module, "step_mode", "s") == "m" else 1


def pointwise(call: Call, x: Value) -> bool:
    """Whether a convolution takes each pixel alone, and its channels are where they are in its operand."""
    layer, layout, place = call.module, call.layout(x), channel_dimension(call)
    alone = {*layer.kernel_size, *layer.stride} == {1} and layer.padding in ((0,) * len(layer.kernel_size), "valid", "same")
    return alone and layout.holds(layout.dimensions[place], "C")


def with_channels(layout: Layout, dimension: int, channels: int) -> Layout:
    """The same layout with other channels in place of all, which are one dimension."""
    dimensions = list(layout.dimensions)
    dimensions[dimension] = whole("C", channels)
    return Layout(tuple(dimensions), channels, layout.size)


@adapter("torch.conv1d", "torch.conv2d", "torch.conv3d", tensors=True)
def convolved(
    call: Call,
    x: Value,
    weight: Own,
    bias: Own | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    """A convolution by weights of the module."""
    _, inputs, *kernel = weight.tensor.shape
    axes = len(kernel)
    with_axes(call, x, axes, "use Flatten and a linear layer there")
    if isinstance(padding, str):
        raise call.refuse(f"its padding is `{padding}`", "use a number")
    params: dict[str, Number] = {
        "kernel": one_or_each(kernel, axes),
        "out": weight.tensor.shape[0],
        "stride": one_or_each(stride, axes),
        "bias": bias is not None,
        "dilation": one_or_each(dilation, axes),
        "groups": "all" if groups == inputs * groups > 1 else groups,
    }
    if not centred(axes, kernel, dilation, padding):
        params["padding"] = one_or_each(padding, axes)
    params = without_defaults(params, stride=1, bias=True, dilation=1, groups=1)
    return call.add("conv", x, params=params, weights=call.weights(weight=weight, bias=bias))


def weight_and_bias(layer: Any, prefix: str = "") -> dict[str, str]:
    """The names of a layer's weight, and of its bias if it has one, in a layer that has it under a prefix."""
    return {name: f"{prefix}{name}" for name in ("weight", "bias") if getattr(layer, name) is not None}


@adapter(*each("Linear"), any_layout=True)
def linear(call: Call, x: Value) -> Value:
    """A linear layer; on the channels of each pixel it is a convolution with kernel 1."""
    return mixed(call, x, call.module.weight, weight_and_bias(call.module))


@adapter("torch.nn.functional.linear", any_layout=True, tensors=True)
def linear_function(call: Call, x: Value, weight: Own, bias: Own | None = None) -> Value:
    """A linear layer by weights of the module."""
    return mixed(call, x, weight.tensor, call.weights(weight=weight, bias=bias))


def autapses(weight: Any) -> dict[str, Number]:
    """What a linear layer says of a weight with a hook: one that keeps its diagonal at 0, since no other is let in."""
    return {"autapses": False} if weight._backward_hooks else {}


def mixed(call: Call, x: Value, weight: Any, weights: Mapping[str, str]) -> Value:
    """A linear layer with this weight, and the names of it and its bias; on the channels of each pixel a convolution."""
    x, out = as_channels(call, x, -1), int(weight.shape[0])
    layout, params = call.layout(x), without_defaults({"out": out, "bias": "bias" in weights}, bias=True)
    if not layout.holds(layout.dimensions[-1], "C") or (x.layout is None and len(x.shape) - len(x.lead) != 1):
        if x.layout is not None and all(part.axis == "C" for part in layout.dimensions[-1]):
            x = call.ordered(x)
        raise call.refuse(
            "it takes the last of several axes", "use a convolution with kernel 1 on [N, C, ...], or flatten before it"
        )
    if not layout.size:
        return call.add("linear", x, params=params | autapses(weight), weights=weights)
    if autapses(weight):
        raise call.refuse("its weight has a diagonal that stays 0, and it takes each of several pixels", "flatten before it")
    return call.add("conv", x, params={"kernel": 1, **params}, weights=weights, layout=with_channels(layout, -1, out))


def linear_params(layer: Any) -> dict[str, Number]:
    """The parameters of a linear layer."""
    return without_defaults({"out": layer.out_features, "bias": layer.bias is not None}, bias=True) | autapses(layer.weight)


def frozen(call: Call) -> None:
    """Refuses a layer that stays in evaluation mode while the module is trained."""
    if call.training and not call.module.training:
        other_mode(call)


def other_mode(call: Call) -> None:
    """Refuses what is in another mode than the module."""
    call.approximation(
        f"it is in {'evaluation' if call.training else 'training'} mode, but the module in "
        f"{'training' if call.training else 'evaluation'} mode",
        "call `module.train()` or `module.eval()` for the whole",
        affects="training",
    )


@adapter(
    "torch.nn.ReLU", "torch.nn.functional.relu", "torch.relu", "Tensor.relu", "Tensor.relu_", "torch.nn.functional.relu_",
    any_layout=True,
)  # fmt: skip
def relu(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """ReLU."""
    return call.neuron(x, {"model": "relu"})


@adapter("torch.nn.LeakyReLU", any_layout=True)
def leaky_relu(call: Call, x: Value) -> Value:
    """Leaky ReLU."""
    slope = call.module.negative_slope
    if not 0 <= slope <= 1:
        raise call.refuse(f"its slope is {slope:g}", "use a slope from 0 to 1")
    return call.neuron(x, {"model": f"relu(slope = {number(slope)})"})


@adapter("torch.nn.Identity", any_layout=True)
def identity(call: Call, x: Value) -> Value:
    """Nothing."""
    return x


@adapter(*each("Dropout", "Dropout2d"), any_layout=True)
def dropout(call: Call, x: Value) -> Value:
    """Dropout by a layer; SpikingJelly's have one mask for all time steps, as the language has."""
    layer = call.module
    frozen(call)
    own, channels = type(layer).__module__.startswith("torch."), type(layer).__name__ == "Dropout2d"
    return dropped(call, x, layer.p, training=layer.training, channels=channels, each_step=own)


def dropped(call: Call, x: Value, p: float, *, training: bool, channels: bool = False, each_step: bool = True) -> Value:
    """Dropout with a mask for each time step, or for each channel; the language drops single numbers, the same at each step."""
    if p == 0:
        return x
    if p >= 1:
        raise call.refuse(f"it drops everything, with p={p:g}", "use a probability below 1")
    if training and each_step and (call.stepwise or call.layout(x).length("T") > 1):
        call.approximation("it has a mask for each time step, but the language has one for all", EVALUATION, affects="training")
    if training and channels:
        call.approximation("it drops whole channels, but the language drops single numbers", EVALUATION, affects="training")
    return call.add("dropout", x, params={"probability": p}, layout=x.layout)
