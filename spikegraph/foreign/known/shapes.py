"""What changes where numbers lie in a tensor: dimensions that are merged, divided, exchanged, added or dropped."""

from collections.abc import Sequence
from typing import Any, cast

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.windows import sized
from spikegraph.foreign.layout import whole
from spikegraph.foreign.statements import Number, Value

REPEATS = ("Tensor.repeat", "Tensor.expand", "torch.tile", "Tensor.tile")
"""Functions that repeat a tensor."""


@adapter(
    "torch.nn.Flatten", "spikingjelly.activation_based.layer.Flatten", "torch.nn.Unflatten",
    "torch.flatten", "Tensor.flatten", "Tensor.view", "Tensor.reshape", "torch.reshape", "Tensor.unflatten", "torch.unflatten",
    "Tensor.squeeze", "torch.squeeze", "Tensor.unsqueeze", "torch.unsqueeze", "Tensor.squeeze_", "Tensor.unsqueeze_",
    any_layout=True,
)  # fmt: skip
def reshaped(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """Another shape of the same numbers in the same order."""
    shape = tuple(call.result.shape)
    layout = call.layout(x).reshaped(shape)
    if layout is None:
        raise call.refuse(
            f"it makes {list(shape)} of {list(x.shape)}",
            "keep the samples, and flatten all pixels into channels, as flatten(1) does; or merge or part steps and samples",
        )
    return call.flat(call.seen(x, layout))


@adapter("Tensor.permute", "torch.permute", any_layout=True)
def permuted(call: Call, x: Value, *dims: Any) -> Value:
    """The dimensions in another order."""
    order = cast("Sequence[int]", dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims)
    return call.seen(x, call.layout(x).permuted([d % len(x.shape) for d in order]))


@adapter(
    *(f"{owner}.{name}" for owner in ("Tensor", "torch") for name in ("transpose", "swapaxes", "swapdims")), any_layout=True
)
def transposed(call: Call, x: Value, first: int, second: int) -> Value:
    """Two dimensions exchanged."""
    order = list(range(len(x.shape)))
    order[first], order[second] = order[second], order[first]
    return call.seen(x, call.layout(x).permuted(order))


@adapter("Tensor.mT", any_layout=True)
def matrices_transposed(call: Call, x: Value, *_: Any) -> Value:
    """The last two dimensions exchanged."""
    return transposed(call, x, -1, -2)


@adapter(*REPEATS, any_layout=True)
def repeated(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """The same values at several time steps, for which the network takes static inputs, or at each pixel of another value."""
    layout, shape = call.layout(x), tuple(call.result.shape)
    if shape == x.shape:
        return x
    axes = len(shape) - len(x.lead) - 1
    found = sized(call, shape[-axes:]) if x.layout is None and axes > 0 and not x.size else None
    if found is not None and shape[:-axes] == x.shape[: len(x.lead) + 1] and len(found[0].size) == axes:
        params: dict[str, Number] = {} if found[1] == 1 else {"down": found[1]}
        return call.add("resize", x, found[0], params=params, shape=shape, axes=axes)
    dimensions = (*((),) * (len(shape) - len(x.shape)), *layout.dimensions)
    at = 0 if not dimensions[0] and shape[0] > 1 else 1
    rest = layout.with_(d for k, d in enumerate(dimensions) if k != at)
    if rest.shape != (*shape[:at], *shape[at + 1 :]) or dimensions[at] or layout.length("T") > 1 or not shape[at] > 1:
        raise call.refuse(f"it makes {list(shape)} of {list(x.shape)}", "repeat an input for its time steps alone")
    time = call.statements.time
    if time is None and call.steps[0] is not None:
        raise call.refuse(
            "it repeats for time steps what is given with time steps", "give an example [N, C, ...], and `multi_step=False`"
        )
    if time not in (None, shape[at]):
        raise call.refuse(f"it repeats {shape[at]} times, and something else {time} times", "use one number of time steps")
    call.statements.time = shape[at]
    call.steps = (shape[at], call.steps[1])
    return call.seen(x, layout.with_((*dimensions[:at], whole("T", shape[at]), *dimensions[at + 1 :])))
