"""Norms of PyTorch, as layers and functions: batch norm, instance norm, layer norm."""

from typing import Any

from spikegraph.foreign.adapters import ANY_LAYOUT, Call, adapter
from spikegraph.foreign.known.layers import EVALUATION, channel_dimension, frozen, other_mode
from spikegraph.foreign.known.sizes import axes_of, each, with_axes, without_defaults
from spikegraph.foreign.norm_by_hand import BY_HAND, NormByHand
from spikegraph.foreign.statements import Number, Own, Value, Weight


@adapter(*each("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), any_layout=True)
def batch_norm(call: Call, x: Value) -> Value:
    """Batch norm; in training its statistics are those of all time steps."""
    layer, layout = call.module, call.layout(x)
    if not layout.holds(layout.dimensions[channel_dimension(call)], "C"):
        x = call.ordered(x)
    if not layer.track_running_stats or layer.running_mean is None:
        raise call.refuse("it has no running statistics", "use track_running_stats=True")
    if layer.momentum is None:
        raise call.refuse(
            "its momentum is None: its statistics are the mean of all batches", "use momentum=0.1, or another number"
        )
    if layer.training and call.stepwise:
        each_step(call)
    frozen(call)
    names = ("weight", "bias", "running_mean", "running_var") if layer.affine else ("running_mean", "running_var")
    params: dict[str, Number] = {"eps": layer.eps, "momentum": layer.momentum, "affine": layer.affine}
    params = without_defaults(params, eps=1e-5, momentum=0.1, affine=True)
    return call.add("norm", x, params=params, weights={n: n for n in names}, layout=x.layout)


def norm_by_hand(call: Call, x: Value) -> Value:
    """A batch norm that a layer computes by code of its own, whose weight is the factor times the layer's."""
    layer = call.module
    found: NormByHand = getattr(layer, BY_HAND)
    layout = call.layout(x)
    if not layout.holds(layout.dimensions[found.dimension], "C"):
        x = call.ordered(x)
    if layer.training and call.stepwise:
        each_step(call)
    frozen(call)
    tensors = dict(found.tensors)
    affine = "weight" in tensors
    params: dict[str, Number] = {"eps": found.eps, "momentum": found.momentum, "affine": affine}
    if affine and found.scale != 1:
        params["scale"] = found.scale
    params = without_defaults(params, eps=1e-5, momentum=0.1, affine=True)
    weights = {role: Weight(name, factor=found.scale if role == "weight" else 1.0) for role, name in tensors.items()}
    y = call.add("norm", x, params=params, weights=weights, layout=x.layout)
    return y if affine or found.scale == 1 else call.add("scale", y, params={"by": found.scale}, layout=x.layout)


ANY_LAYOUT.add(norm_by_hand)


@adapter("torch.nn.functional.batch_norm", "torch.batch_norm", any_layout=True, tensors=True)
def batch_norm_function(
    call: Call,
    x: Value,
    running_mean: Own | None,
    running_var: Own | None,
    weight: Own | None = None,
    bias: Own | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Value:
    """Batch norm with tensors of the module that calls it."""
    if running_mean is None or running_var is None:
        raise call.refuse("it has no running statistics", "give it running_mean and running_var")
    if (weight is None) != (bias is None):
        raise call.refuse("it has only one of weight and bias", "give it both, or none")
    if call.layout(x).dimensions[1:2] and not call.layout(x).holds(call.layout(x).dimensions[1], "C"):
        x = call.ordered(x)
    if training and call.stepwise:
        each_step(call)
    if training != call.training:
        other_mode(call)
    tensors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    params: dict[str, Number] = {"eps": eps, "momentum": momentum, "affine": weight is not None}
    params = without_defaults(params, eps=1e-5, momentum=0.1, affine=True)
    return call.add("norm", x, params=params, weights=call.weights(**tensors), layout=x.layout)


def each_step(call: Call) -> None:
    """Refuses a norm in training that is called once for each time step."""
    call.approximation(
        "in training, each time step has statistics of its own, but a norm of the language has those of all steps",
        f"{EVALUATION}, or give the module all steps at once",
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


@adapter("torch.nn.LayerNorm", any_layout=True)
def layer_norm(call: Call, x: Value) -> Value:
    """Layer norm over the channels of each pixel or token."""
    layer = call.module
    names = ("weight", "bias") if layer.elementwise_affine and layer.bias is not None else ()
    if layer.elementwise_affine and not names:
        raise call.refuse("it has a weight and no bias", "use bias=True")
    return channels_normed(call, x, layer.normalized_shape, layer.eps, {n: n for n in names})


@adapter("torch.nn.functional.layer_norm", "torch.layer_norm", any_layout=True, tensors=True)
def layer_norm_function(
    call: Call, x: Value, normalized_shape: Any, weight: Own | None = None, bias: Own | None = None, eps: float = 1e-5, *_: Any
) -> Value:
    """Layer norm with tensors of the module that calls it."""
    if (weight is None) != (bias is None):
        raise call.refuse("it has only one of weight and bias", "give it both, or none")
    return channels_normed(call, x, normalized_shape, eps, call.weights(weight=weight, bias=bias))


def channels_normed(call: Call, x: Value, shape: Any, eps: float, weights: dict[str, str]) -> Value:
    """A norm over the last dimension, which are the channels."""
    layout = call.layout(x)
    if len(shape) != 1 or not layout.holds(layout.dimensions[-1], "C"):
        raise call.refuse(
            f"it norms over {list(shape)}, and the language over the channels of each pixel",
            "give it the channels as the last dimension, as permute(0, 2, 3, 1) does, or use BatchNorm",
        )
    params: dict[str, Number] = {"kind": "layer", "eps": eps, "affine": bool(weights)}
    params = without_defaults(params, eps=1e-5, affine=True)
    return call.add("norm", x, params=params, weights=weights, layout=layout)
