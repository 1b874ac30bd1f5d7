"""Sizes and words of operations that slide a window over the spatial axes."""

from typing import Annotated

from pydantic import Field, PositiveInt

from spikegraph.ir.types import Value

LARGEST_WINDOW = 4096

Window = Annotated[PositiveInt, Field(le=LARGEST_WINDOW)]
"""The size or stride of a window, or a factor of a resolution."""


def shrunk(size: tuple[int, ...], stride: int) -> tuple[int, ...]:
    """The sizes after a stride: n -> ceil(n / stride)."""
    return tuple(-(-n // stride) for n in size)


def product(numbers: tuple[int, ...]) -> int:
    """The product of sizes."""
    result = 1
    for n in numbers:
        result *= n
    return result


def skips(kernel: int, stride: int) -> bool:
    """True if there are kernels of this window that skip silent inputs."""
    return kernel in (3, 5) and stride in (1, 2)


def across(kernel: int, value: Value) -> str:
    """The size of a window, such as `3 × 3`, with one number per spatial axis."""
    return " × ".join([str(kernel)] * max(len(value.size), 1))


def striding(stride: int) -> str:
    """The stride, where it is not 1, as it follows a window."""
    return f", stride {stride}" if stride != 1 else ""
