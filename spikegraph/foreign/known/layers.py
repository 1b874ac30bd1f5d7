"""Layers of PyTorch; SpikingJelly's layers of the same names compute the same at each time step."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter, number
from spikegraph.foreign.known.sizes import axes_of, centred, each, one_or_each, with_axes, without_defaults
from spikegraph.foreign.statements import Number, Value

EVALUATION = "call `module.eval()` first, to compare evaluation alone"


@adapter(*each("Conv1d", "Conv2d", "Conv3d"))
def conv(call: Call, x: Value) -> Value:
    """A convolution."""
    layer = call.module
    if layer.padding_mode != "zeros":
        raise call.refuse(f"the language pads with zeros, not with `{layer.padding_mode}`", "use padding_mode='zeros'")
    axes = len(layer.kernel_size)
    with_axes(call, x, axes, "use Flatten and a linear layer there")
    padding = layer.padding
    if padding == "valid":
        padding = (0,) * axes
    if padding == "same":
        reaches = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
        if any(r % 2 for r in reaches):
            raise call.refuse("padding='same' of an even kernel is longer behind the axis", "use an odd kernel, or a number")
        padding = tuple(r // 2 for r in reaches)
    groups: Number = "all" if layer.groups == layer.in_channels > 1 else layer.groups
    params: dict[str, Number] = {
        "kernel": one_or_each(layer.kernel_size, axes),
        "out": layer.out_channels,
        "stride": one_or_each(layer.stride, axes),
        "bias": layer.bias is not None,
        "dilation": one_or_each(layer.dilation, axes),
        "groups": groups,
    }
    if not centred(axes, layer.kernel_size, layer.dilation, padding):
        params["padding"] = one_or_each(padding, axes)
    params = without_defaults(params, stride=1, bias=True, dilation=1, groups=1)
    return call.add("conv", x, params=params, weights=weight_and_bias(layer))


def weight_and_bias(layer: Any, prefix: str = "") -> dict[str, str]:
    """The names of a layer's weight, and of its bias if it has one, in a layer that has it under a prefix."""
    return {name: f"{prefix}{name}" for name in ("weight", "bias") if getattr(layer, name) is not None}


@adapter(*each("Linear"))
def linear(call: Call, x: Value) -> Value:
    """A linear layer."""
    layer = call.module
    if len(x.shape) - len(x.lead) != 1:
        raise call.refuse(
            "it takes the last of several axes", "use a convolution with kernel 1 on [N, C, ...], or flatten before it"
        )
    return call.add("linear", x, params=linear_params(layer), weights=weight_and_bias(layer))


def linear_params(layer: Any) -> dict[str, Number]:
    """The parameters of a linear layer."""
    return without_defaults({"out": layer.out_features, "bias": layer.bias is not None}, bias=True)


@adapter(*each("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"))
def batch_norm(call: Call, x: Value) -> Value:
    """Batch norm; in training its statistics are those of all time steps."""
    layer = call.module
    if not layer.track_running_stats or layer.running_mean is None:
        raise call.refuse("it has no running statistics", "use track_running_stats=True")
    if layer.momentum is None:
        raise call.refuse(
            "its momentum is None: its statistics are the mean of all batches", "use momentum=0.1, or another number"
        )
    if layer.training and call.stepwise:
        call.approximation(
            "in training, each time step has statistics of its own, but a norm of the language has those of all steps",
            f"{EVALUATION}, or give the module all steps at once",
            affects="training",
        )
    frozen(call)
    names = ("weight", "bias", "running_mean", "running_var") if layer.affine else ("running_mean", "running_var")
    params: dict[str, Number] = {"eps": layer.eps, "momentum": layer.momentum, "affine": layer.affine}
    params = without_defaults(params, eps=1e-5, momentum=0.1, affine=True)
    return call.add("norm", x, params=params, weights={n: n for n in names})


def frozen(call: Call) -> None:
    """Refuses a layer that stays in evaluation mode while the module is trained."""
    if call.training and not call.module.training:
        call.approximation(
            "it is in evaluation mode, but the module in training mode",
            "call `module.train()` or `module.eval()` for the whole",
            affects="training",
        )


@adapter(*each("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"))
def instance_norm(call: Call, x: Value) -> Value:
    """Instance norm without running statistics."""
    layer = call.module
    with_axes(call, x, axes_of(call), "leave it out")
    if layer.track_running_stats:
        raise call.refuse("it has running statistics, and the language's has none", "use track_running_stats=False")
    params: dict[str, Number] = {"kind": "instance", "eps": layer.eps, "affine": layer.affine}
    params = without_defaults(params, eps=1e-5, affine=True)
    return call.add("norm", x, params=params, weights={n: n for n in ("weight", "bias")} if layer.affine else {})


@adapter("torch.nn.ReLU", "torch.nn.functional.relu", "torch.relu", "Tensor.relu", "Tensor.relu_", "torch.nn.functional.relu_")
def relu(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """ReLU."""
    return call.neuron(x, {"model": "relu"})


@adapter("torch.nn.LeakyReLU")
def leaky_relu(call: Call, x: Value) -> Value:
    """Leaky ReLU."""
    slope = call.module.negative_slope
    if not 0 <= slope <= 1:
        raise call.refuse(f"its slope is {slope:g}", "use a slope from 0 to 1")
    return call.neuron(x, {"model": f"relu(slope = {number(slope)})"})


@adapter("torch.nn.Identity")
def identity(call: Call, x: Value) -> Value:
    """Nothing."""
    return x


@adapter(*each("Dropout", "Dropout2d"))
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
    if training and each_step and call.sequence:
        call.approximation("it has a mask for each time step, but the language has one for all", EVALUATION, affects="training")
    if training and channels:
        call.approximation("it drops whole channels, but the language drops single numbers", EVALUATION, affects="training")
    return call.add("dropout", x, params={"probability": p})
