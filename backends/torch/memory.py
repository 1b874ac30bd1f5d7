"""The memory format of values and weights, and the precision of sums."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, cast

import torch
from torch import Tensor

exporting: Callable[[], bool] = getattr(torch.compiler, "is_exporting", lambda: False)  # torch 2.6 has none
"""Whether `torch.export` traces a program, for runtimes that know nothing of this package."""


LOW = (torch.bfloat16, torch.float16)
"""Types of values with less precision than membrane potentials."""


def low_type(precision: str) -> torch.dtype | None:
    """The type of `LOW` in which convolutions run in this precision of a run; None for float32."""
    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)


def precision_of(low: torch.dtype | None) -> Literal["fp32", "bf16", "fp16"]:
    """The precision of a run whose convolutions have this type of `LOW`, or that of the weights."""
    return "fp32" if low is None else "bf16" if low is torch.bfloat16 else "fp16"


def memory_format(axes: int) -> torch.memory_format:
    """The memory format of values and weights with 2 or 3 spatial axes: channels last, the fastest for convolutions.

    In a program that `torch.export` traces it is the plain one, since the runtimes of other devices know no other.
    """
    if exporting():
        return torch.contiguous_format
    return {2: torch.channels_last, 3: torch.channels_last_3d}.get(axes, torch.contiguous_format)


def channels_last(x: Tensor, axes: int) -> Tensor:
    """The same values [..., C, *size] with `axes` spatial axes in their memory format; copied where they have another one."""
    if memory_format(axes) is torch.contiguous_format:
        return x.contiguous()
    rows = x.movedim(-1 - axes, -1)
    return x if rows.is_contiguous() else rows.contiguous().movedim(-1, -1 - axes)


def empty_channels_last(like: Tensor, first: Sequence[int], channels: int, size: Sequence[int]) -> Tensor:
    """Memory for a value [*first, C, *size], channels last, of the type and on the device of `like`; no view, for autograd."""
    return like.new_empty_strided((*first, channels, *size), _strides(tuple(first), channels, tuple(size)))


@lru_cache(4096)
def _strides(first: tuple[int, ...], channels: int, size: tuple[int, ...]) -> tuple[int, ...]:
    of_size = [channels * math.prod(size[k + 1 :]) for k in range(len(size))]
    of_first = [channels * math.prod((*size, *first[k + 1 :])) for k in range(len(first))]
    return (*of_first, 1, *of_size)


def sum_type(*tensors: Tensor) -> torch.dtype:
    """The type of membrane potentials and of sums: float64 if a tensor is float64, else float32, also for those of `LOW`."""
    return torch.float64 if any(x.dtype == torch.float64 for x in tensors) else torch.float32


def joined(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along their first axis, without a derivative; a view if they lie side by side in memory."""
    first = tensors[0]
    if len(tensors) == 1:
        return first
    if not torch.compiler.is_compiling() and side_by_side(tensors):  # the compiler doesn't know where memory begins
        length = sum(x.shape[0] for x in tensors)
        return first.detach().as_strided((length, *first.shape[1:]), first.stride(), first.storage_offset())
    return torch.cat(tuple(tensors))


def side_by_side(tensors: Sequence[Tensor]) -> bool:
    """Whether each tensor begins in memory where the one before it ends, along the first axis."""
    first, place = tensors[0], tensors[0].storage_offset()
    stride, rest = first.stride(), first.shape[1:]
    for x in tensors:
        alike = x.stride() == stride and x.shape[1:] == rest and x.dtype == first.dtype
        if not alike or x.storage_offset() != place or not _one_storage(x, first):
            return False
        place += x.shape[0] * stride[0]
    return True


def _one_storage(x: Tensor, other: Tensor) -> bool:
    return x.untyped_storage()._cdata == other.untyped_storage()._cdata  # pyright: ignore[reportPrivateUsage]


def put_side_by_side(parameters: Sequence[torch.nn.Parameter]) -> None:
    """Moves parameters that differ at most along the first axis to where `joined` of them is a view."""
    data = [parameter.data for parameter in parameters]
    if len(data) > 1 and not side_by_side(data):
        for parameter, part in zip(parameters, torch.split(torch.cat(data), [len(x) for x in data]), strict=True):
            parameter.data = part


def with_own_strides(x: Tensor) -> Tensor:
    """The same tensor, whose strides, and those of its gradient, are those of a memory format along axes of length 1 too.

    Along an axis of length 1 any stride is right. But by them the backward pass of torch's batch norm takes a tensor for one of
    another memory format, and mixes up channels (torch 2.13).
    """
    if torch.compiler.is_compiling():  # what it makes of a batch norm has its own strides
        return x
    return cast("Tensor", _OwnStrides.apply(x))  # pyright: ignore[reportUnknownMemberType]


class _OwnStrides(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        return _own_strides(given[0])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return with_own_strides(gradients[0])


def _own_strides(x: Tensor) -> Tensor:
    for layout in (torch.contiguous_format, memory_format(x.dim() - 2)):
        if x.is_contiguous(memory_format=layout):
            own = torch.empty(x.shape, dtype=x.dtype, device="meta", memory_format=layout).stride()
            return x.as_strided(x.shape, own)
    return x.contiguous()
