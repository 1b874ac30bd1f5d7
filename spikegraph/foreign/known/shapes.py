"""What changes the shape of a tensor: time and samples in one dimension or two, pixels as channels, means over axes."""

import math
from typing import Any, cast

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.statements import Lead, Value

LEADS: tuple[Lead, ...] = (("T", "N"), ("TN",), ("N",))


@adapter(
    "torch.nn.Flatten", "spikingjelly.activation_based.layer.Flatten", "torch.nn.Unflatten",
    "torch.flatten", "Tensor.flatten", "Tensor.view", "Tensor.reshape", "torch.reshape", "Tensor.unflatten", "torch.unflatten",
    "Tensor.squeeze", "torch.squeeze", "Tensor.unsqueeze", "torch.unsqueeze",
)  # fmt: skip
def reshaped(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """Another shape of the same numbers in the same order."""
    shape, before = tuple(call.result.shape), x.shape[len(x.lead) :]
    if shape == x.shape:
        return x
    for lead in LEADS:
        sizes, rest = call.sizes(lead), shape[len(lead) :]
        if not rest or shape[: len(lead)] != sizes or math.prod(sizes) != math.prod(call.sizes(x.lead)):
            continue
        if rest == before:
            return call.seen_as(x, shape, lead, x.axes)
        if math.prod(rest) == math.prod(before) == rest[0]:
            return call.seen_as(x, shape, lead, 0) if x.axes == 0 else call.add("flatten", x, axes=0, lead=lead)
    raise call.refuse(
        f"it makes {list(shape)} of {list(x.shape)}",
        "keep the samples, and flatten all pixels into channels, as flatten(1) does; or merge or part steps and samples",
    )


def subscript(key: Any) -> str:
    """A subscript as in the module's code, such as `[:, :2]`."""

    def text(part: Any) -> str:
        if not isinstance(part, slice):
            return "..." if part is ... else str(part) if isinstance(part, int | None) else "x"
        numbers: list[Any] = [getattr(cast("Any", part), name) for name in ("start", "stop", "step")]
        return ":".join("" if n is None else str(n) for n in numbers[: 2 + (numbers[2] is not None)])

    parts = cast("tuple[Any, ...]", key) if isinstance(key, tuple) else (key,)
    return f"[{', '.join(map(text, parts))}]"


@adapter("operator.getitem")
def part(call: Call, x: Value, key: Any) -> Value:
    """A part of a tensor, which the language doesn't have."""
    raise call.refuse(
        f"it takes a part of a tensor, {subscript(key)}",
        "if this is one of several time steps, give a module of one step, without the loop over steps; otherwise use layers",
    )


@adapter("torch.mean", "Tensor.mean")
def mean(call: Call, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Value:
    """The mean over the time steps, or over all pixels."""
    dims = sorted(d % len(x.shape) for d in ((dim,) if isinstance(dim, int) else () if dim is None else tuple(dim)))
    if dims == [0] and x.lead == ("T", "N") and not keepdim:
        return call.add("mean", x, params={"over": "time"}, lead=("N",))
    first = len(x.lead) + 1
    if dims and dims == list(range(first, first + x.axes)) and first + x.axes == len(x.shape):
        return call.add("pool", x, axes=0)
    raise call.refuse(
        f"it is a mean over the dimensions {dims}", "use the mean over all pixels, or over the time steps of [T, N, ...]"
    )
