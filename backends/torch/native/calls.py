"""Calls compiled functions, which see tensors as rows of channels."""

import ctypes
import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.native.build import library
from spikegraph.backends.torch.operators import imitating

LANES = 64
"""Groups have as many values, or a multiple: the compiled code processes so many together, or half or a quarter of them."""

MOST_LANES = 1 << 14
"""The most values of a group that are a multiple of `LANES`; sums over groups keep as many, so that more leave the caches."""

CACHED = 8 << 20
"""Size in bytes; larger results bypass the caches."""

SUFFIX = {torch.float32: "f32", torch.float64: "f64"}
"""Suffix of the functions' names, by the type of their sums."""

CODE = {torch.float32: "f", torch.float64: "d"}
"""Python's letter for the type of sums."""


def rows_of(x: Tensor) -> Tensor:
    """[T, N, C, *size] as [T, N, *size, C]; copied if the rows of channels aren't evenly spaced within a step."""
    moved = x.movedim(2, -1)
    return moved if _pitch(moved) is not None else moved.contiguous()


def empty_rows(like: Tensor, dtype: torch.dtype) -> Tensor:
    """A new contiguous tensor with the shape of `like`, [T, N, *size, C]."""
    return torch.empty(like.shape, dtype=dtype, device=like.device)


def as_values(rows: Tensor) -> Tensor:
    """[T, N, *size, C] as [T, N, C, *size]; a view."""
    return rows.movedim(-1, 2)


def _pitch(rows: Tensor) -> int | None:
    """Distance in values between the rows of channels within a step; None if they aren't evenly spaced."""
    return _pitch_of(rows.shape, rows.stride())


# A network asks for the same few shapes in every step, and a small operation takes little longer than finding this out.
@lru_cache(4096)
def _pitch_of(shape: tuple[int, ...], strides: tuple[int, ...]) -> int | None:
    if shape[-1] > 1 and strides[-1] != 1:
        return None
    pitch: int | None = None
    span = 1
    for size, stride in zip(reversed(shape[1:-1]), reversed(strides[1:-1]), strict=True):
        if size > 1:
            pitch = stride // span if pitch is None else pitch
            if stride == 0 or stride != pitch * span:
                return None
        span *= size
    return shape[-1] if pitch is None else pitch


@dataclass(frozen=True)
class Cut:
    """How the rows of one step are divided into groups; a group is `repeats` rows with `lanes` values in total."""

    steps: int
    groups: int
    lanes: int
    last: int
    repeats: int

    @property
    def numbers(self) -> list[int]:
        """The fields in the order of the compiled functions' arguments."""
        return [self.steps, self.groups, self.lanes, self.last, self.channels]

    @property
    def channels(self) -> int:
        """Number of channels in a row."""
        return self.lanes // self.repeats


def cut(tensors: Sequence[Tensor]) -> Cut:
    """A division into groups that suits all of these tensors [T, N, *size, C].

    If none has gaps, each group fills whole vectors and spans many rows, or all. Else, and if that were too many values, a
    group has as many rows as are processed together.
    """
    channels = tensors[0].shape[-1]
    gaps = not all(_pitch(t) == channels for t in tensors)
    return _cut(tensors[0].shape, library().lanes() if gaps and imitating() is None else LANES, gaps)


@lru_cache(4096)
def _cut(shape: tuple[int, ...], lanes: int, gaps: bool) -> Cut:
    steps, *outer, channels = shape
    rows = math.prod(outer)
    whole = math.lcm(channels, lanes)
    repeats = max(lanes // channels, 1) if gaps or whole > MOST_LANES else max(min(whole // channels, rows), 1)
    groups = -(-rows // repeats)
    return Cut(steps, groups, channels * repeats, (rows - (groups - 1) * repeats) * channels, repeats)


class Arguments:
    """The arguments of a call as integers, and the tensors behind its addresses, which must live until it returns."""

    def __init__(self, c: Cut, dtype: torch.dtype) -> None:
        self.c, self.dtype, self.numbers, self.kept = c, dtype, [torch.get_num_threads(), *c.numbers], list[Any]()

    def terms(self, rows: Sequence[Tensor], affines: Sequence[Tensor | None]) -> None:
        """Adds tensors [T, N, *size, C], each with the scale, shift, mean and inverse deviation [4, C] of its norm, or None."""
        self.numbers.append(len(rows))
        for r, a in zip(rows, affines, strict=True):
            self.memory(r)
            if a is None:
                self.numbers += [0, 0, 0, 0]
            else:
                self.channels(a[:4])

    def doubles(self, *values: float) -> None:
        """Adds the address of these numbers."""
        self.numbers.append(self._of(array("d", values)))

    def real(self, *rows: Sequence[float]) -> None:
        """Adds the addresses of rows of numbers, which get the type of sums."""
        self.numbers += [self._of(array(CODE[self.dtype], row)) for row in rows]

    def _of(self, values: "array[float]") -> int:
        self.kept.append(values)
        return values.buffer_info()[0]

    def memory(self, rows: Tensor | None) -> None:
        """Adds a tensor [T, N, *size, C] with the type of sums or bfloat16, or None."""
        self.kept.append(rows)
        if rows is None:
            self.numbers += [0, 0, 0, 0, 0, 0, 0]
            return
        pitch, channels, low = _pitch(rows), rows.shape[-1], rows.dtype == torch.bfloat16
        assert pitch is not None and (low or rows.dtype == self.dtype)
        gaps = pitch if pitch != channels and self.c.repeats > 1 else 0
        large = rows.numel() * rows.element_size() > CACHED
        self.numbers += [_address(rows), int(low), pitch * self.c.repeats, rows.stride(0), channels, gaps, int(large)]

    def channels(self, values: Tensor) -> None:
        """Adds the K addresses of the rows of a tensor [K, C]."""
        rows = values.to(self.dtype).contiguous()
        self.kept.append(rows)
        step = rows.element_size() * rows.shape[-1]
        self.numbers += [_address(rows) + k * step for k in range(len(rows))]

    def address(self, values: Tensor | None) -> None:
        """Adds the address of a contiguous tensor, or of none."""
        self.kept.append(values)
        self.numbers.append(0 if values is None else _address(values))

    def call(self, name: str, of: Callable[[], ctypes.CDLL | None] | None = None) -> None:
        """Calls the variant of a compiled function for the type of these sums, in the library by default."""
        seen = imitating()
        if seen is None:
            call(name, self.dtype, self.numbers, None if of is None else of())
        else:
            seen(name, [kept for kept in self.kept if isinstance(kept, Tensor)])


def _address(values: Tensor) -> int:
    """The address of a tensor's values; 0 where tensors have no memory."""
    return values.data_ptr() if imitating() is None else 0


def call(name: str, dtype: torch.dtype, numbers: Sequence[int], of: ctypes.CDLL | None = None) -> None:
    """Calls the variant of a compiled function whose sums have the type `dtype`, in the library by default."""
    getattr(of or library(), f"{name}_{SUFFIX[dtype]}")((ctypes.c_int64 * len(numbers))(*numbers))
