"""How PyTorch gives sizes, and how the language writes them."""

from typing import Any

from spikegraph.foreign.adapters import Call
from spikegraph.foreign.statements import Number, Value

JELLY = "spikingjelly.activation_based.layer"


def each(*names: str) -> tuple[str, ...]:
    """The full names of layers that PyTorch and SpikingJelly have."""
    return tuple(f"{package}.{name}" for name in names for package in ("torch.nn", JELLY))


def one_or_each(given: Any, axes: int) -> int | tuple[int, ...]:
    """A size as one number, or as one for each axis where they differ."""
    if isinstance(given, int):
        return given
    values = tuple(int(n) for n in given)
    return values[0] if len(set(values)) == 1 and len(values) == axes else values


def for_each(given: Any, axes: int) -> list[int]:
    """A size for each axis."""
    return [given] * axes if isinstance(given, int) else [int(n) for n in given]


def without_defaults(params: dict[str, Number], **defaults: Number) -> dict[str, Number]:
    """The parameters that aren't as by default."""
    return {k: v for k, v in params.items() if k not in defaults or v != defaults[k]}


def centred(axes: int, kernel: Any, dilation: Any, padding: Any) -> bool:
    """Whether a padding is that of the language's own windows, for an axis of any size."""
    kernels, dilations, pads = (for_each(n, axes) for n in (kernel, dilation, padding))
    reaches = [d * (k - 1) + 1 for k, d in zip(kernels, dilations, strict=True)]
    return all(r % 2 == 1 and p == r // 2 for r, p in zip(reaches, pads, strict=True))


def axes_of(call: Call) -> int:
    """The axes of a layer or function whose name ends with them, such as MaxPool2d, or of one that is derived from it."""
    names = [call.place.operation] if call.module is None else [kind.__name__ for kind in type(call.module).__mro__]
    return next(int(name[-2]) for name in names if name[-2:] in ("1d", "2d", "3d"))


def with_axes(call: Call, x: Value, axes: int, instead: str) -> None:
    """Checks that a layer with windows takes a value with as many spatial axes.

    Raises:
        ForeignError: The value has fewer, after a global pooling, or without a dimension for samples.
    """
    if len(x.shape) - len(x.lead) - 1 < axes:
        raise call.refuse(
            f"it takes {list(x.shape)} as one sample, without a dimension for samples",
            "give an example with samples, such as example.unsqueeze(0)",
        )
    if x.axes != axes:
        raise call.refuse("it follows a global pooling, which leaves no axes in the language", instead)
