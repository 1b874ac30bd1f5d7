"""Sizes and words of operations that slide a window over the spatial axes."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, NonNegativeInt, PositiveInt, Tag

from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Value

LARGEST_WINDOW = 4096

Window = Annotated[PositiveInt, Field(le=LARGEST_WINDOW)]
"""The size or stride of a window, or a factor of a resolution."""

AxisWindows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=3)]
"""A list of one such number for each spatial axis."""


def number_or_list(value: object) -> str:
    """The tag of a parameter's value: `axes` for a list with several numbers, else `one`."""
    return "axes" if isinstance(value, list | tuple) else "one"


Windows = Annotated[Annotated[Window, Tag("one")] | Annotated[AxisWindows, Tag("axes")], Discriminator(number_or_list)]
"""A window or stride: one number for all spatial axes, or a list with one for each."""


Zeros = Annotated[NonNegativeInt, Field(lt=LARGEST_WINDOW)]
"""The number of pixels that a padding adds on both sides of an axis."""

AxisZeros = Annotated[tuple[Zeros, ...], Field(min_length=1, max_length=3)]
"""A list of one such number for each spatial axis."""


def _padding_form(value: object) -> str:
    return "word" if isinstance(value, str) else number_or_list(value)


Padding = Annotated[
    Annotated[Zeros, Tag("one")] | Annotated[AxisZeros, Tag("axes")] | Annotated[Literal["centred"], Tag("word")],
    Discriminator(_padding_form),
]
"""What a convolution adds around its input: what centred windows need, or a number for both sides of an axis."""

PoolPadding = Annotated[
    Annotated[Zeros, Tag("one")] | Annotated[AxisZeros, Tag("axes")] | Annotated[Literal["even", "centred"], Tag("word")],
    Discriminator(_padding_form),
]
"""The same for a pooling, whose default is `even`."""


def along(owner: str, name: str, given: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    """A parameter's number for each of the spatial axes.

    Raises:
        TypeRuleError: It is a list of another length.
    """
    if isinstance(given, int):
        return (given,) * axes
    if len(given) != axes:
        summary = (
            f"`{name}` of `{owner}` is {list(given)}, but its operand has {axes} spatial {'axis' if axes == 1 else 'axes'}"
        )
        raise TypeRuleError(summary, "write one number, or one for each axis", "SG0302")
    return given


def windows(
    owner: str, axes: int, kernel: int | tuple[int, ...], stride: int | tuple[int, ...], dilation: int | tuple[int, ...] = 1
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Kernel, stride, dilation and reach along each of the spatial axes.

    Raises:
        TypeRuleError: One of them is a list of another length.
    """
    kernels, strides, dilations = (
        along(owner, name, given, axes) for name, given in (("kernel", kernel), ("stride", stride), ("dilation", dilation))
    )
    return kernels, strides, dilations, tuple(map(extent, kernels, dilations))


def sliding(op: str, x: Value) -> int:
    """The number of spatial axes of a value that a window slides over.

    Raises:
        TypeRuleError: It is not 1 to 3, or the value's trellis level is open.
    """
    closed(op, x)
    if not 1 <= len(x.size) <= 3:
        raise TypeRuleError(f"`{op}` needs 1 to 3 spatial axes, not {x}")
    return len(x.size)


def shrunk(size: tuple[int, ...], stride: int | tuple[int, ...]) -> tuple[int, ...]:
    """The sizes after a stride: n -> ceil(n / stride)."""
    strides = (stride,) * len(size) if isinstance(stride, int) else stride
    return tuple(-(-n // s) for n, s in zip(size, strides, strict=True))


def slid(
    owner: str, size: tuple[int, ...], stride: tuple[int, ...], reach: tuple[int, ...], given: str | int | tuple[int, ...]
) -> tuple[int, ...]:
    """The sizes after a window, ceil(n / stride); with p pixels on both sides floor((n + 2 * p - reach) / stride) + 1.

    Raises:
        TypeRuleError: The window is larger than an axis with its padding.
    """
    if isinstance(given, str):
        return shrunk(size, stride)
    zeros = along(owner, "padding", given, len(size))
    for n, r, p in zip(size, reach, zeros, strict=True):
        if n + 2 * p < r:
            summary = f"the window of `{owner}` reaches over {r} pixels, but the axis has {n + 2 * p} with its padding"
            raise TypeRuleError(summary, "write a larger `padding`, or a smaller `kernel`", "SG0302")
    return tuple((n + 2 * p - r) // s + 1 for n, s, r, p in zip(size, stride, reach, zeros, strict=True))


def pads(n: int, reach: int, stride: int, given: str | int) -> tuple[int, int]:
    """The pixels before and after an axis of n inputs; see `slid`. `even` has the smaller half of what is needed before it."""
    if isinstance(given, int):
        return given, given
    if given == "centred":
        return padding(n, reach, stride)
    missing = max((-(-n // stride) - 1) * stride + reach - n, 0)
    return missing // 2, missing - missing // 2


def borders(
    owner: str, size: tuple[int, ...], stride: tuple[int, ...], reach: tuple[int, ...], given: str | int | tuple[int, ...]
) -> list[tuple[int, int]]:
    """The pixels before and after each axis; see `pads`."""
    each = (given,) * len(size) if isinstance(given, str) else along(owner, "padding", given, len(size))
    return [pads(n, r, s, p) for n, r, s, p in zip(size, reach, stride, each, strict=True)]


def extent(kernel: int, dilation: int) -> int:
    """The number of inputs from the first to the last that a window reaches along an axis: dilation * (kernel - 1) + 1."""
    return dilation * (kernel - 1) + 1


def padding(n: int, reach: int, stride: int) -> tuple[int, int]:
    """The zeros before and after an axis of n inputs, so that a window of `reach` inputs gives ceil(n / stride) outputs.

    The middle of a window with an odd reach is at every `stride`-th input, from the first on. An even reach beyond the stride
    is half before the axis.
    """
    before = reach // 2 if reach % 2 else max(reach - stride, 0) // 2
    return before, max((-(-n // stride) - 1) * stride + reach - n - before, 0)


def product(numbers: tuple[int, ...]) -> int:
    """The product of sizes."""
    result = 1
    for n in numbers:
        result *= n
    return result


def skips(kernel: int | tuple[int, ...], stride: int | tuple[int, ...]) -> bool:
    """True if there are kernels of this window that skip silent inputs."""
    return kernel in (3, 5) and stride in (1, 2)


def numbers(given: int | tuple[int, ...]) -> str:
    """A number, or one for each axis as `3 × 1 × 1`."""
    return str(given) if isinstance(given, int) else " × ".join(map(str, given))


def across(kernel: int | tuple[int, ...], value: Value) -> str:
    """The size of a window, such as `3 × 3`, with one number per spatial axis."""
    return numbers((kernel,) * max(len(value.size), 1) if isinstance(kernel, int) else kernel)


def striding(stride: int | tuple[int, ...]) -> str:
    """The stride, where it is not 1, as it follows a window."""
    return "" if {stride} & {1, (1, 1), (1, 1, 1)} else f", stride {numbers(stride)}"


def padded(padding: str | int | tuple[int, ...]) -> str:
    """The padding, where it is given as numbers, as it follows a window."""
    return "" if isinstance(padding, str) else f", padding {numbers(padding)}"


def grouping(groups: int | str) -> str:
    """The groups of channels, where there are several, as they follow a window."""
    return "" if groups == 1 else ", each channel alone" if groups == "all" else f", {groups} groups"


def within(n: int, kernel: int, stride: int, before: int, windows: int) -> tuple[int, ...]:
    """The number of inputs that each window has along an axis of n inputs, where padding isn't counted.

    Args:
        n: Inputs.
        kernel: Inputs that a window reaches.
        stride: Inputs from window to window.
        before: Padding before the first input.
        windows: Number of windows.
    """
    starts = (i * stride - before for i in range(windows))
    return tuple(min(start + kernel, n) - max(start, 0) for start in starts)
