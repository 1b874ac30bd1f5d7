"""Sparse convolutions of spikes as compiled code: they skip silent inputs, so their work is proportional to the firing rate."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from spikegraph.backends.torch.memory import empty_channels_last, memory_format, sum_type
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import SUFFIX, call
from spikegraph.compiled.library import processor

LOOKED_AT = 256
"""From so many pixels, or from all of fewer, the firing rate is estimated."""


@dataclass(frozen=True)
class SparsePasses:
    """The passes of a convolution that skip silent inputs: the forward pass, and the gradient of the weights."""

    forward: bool
    weights: bool


DENSE = SparsePasses(forward=False, weights=False)


def usable(x: Shaped[Tensor, "B C *size"], weight: Float[Tensor, "O _ *window"], stride: int) -> bool:
    """Returns true if compiled code supports these inputs, [B, C, *size], and weights, [O, C, *window]."""
    known = x.device.type == "cpu" and x.dtype in (*SUFFIX, torch.bfloat16) and x.numel() > 0 and weight.numel() > 0
    fits = weight.shape[1] == x.shape[1] and len({*weight.shape[2:]}) == 1 and weight.shape[-1] in (3, 5) and stride in (1, 2)
    return known and fits and x.dim() > 3 and missing() is None


def firing_rate(x: Float[Tensor, "B C *size"]) -> float:
    """The estimated firing rate, 0 to 1 per time step, of inputs [B, C, *size], which must be channels last."""
    channels = x.shape[1]
    rows = x.numel() // channels
    looked_at = min(rows, LOOKED_AT)
    found = ctypes.c_int64()
    numbers = [torch.get_num_threads(), rows, channels, looked_at, int(x.dtype == torch.bfloat16)]
    call("density", sum_type(x), [*numbers, x.data_ptr(), ctypes.addressof(found)])
    return found.value / (looked_at * channels)


def faster_passes(firing: float, channels: int, line: int, dtype: torch.dtype) -> SparsePasses:
    """Predicts which passes are faster if they skip silent inputs; fitted to one core with AVX-512, 48 to 576 channels.

    Args:
        firing: The firing rate of the inputs.
        channels: Number of input channels.
        line: Number of outputs along the last axis.
        dtype: The inputs' type; with hardware for bfloat16, dense convolutions take half or a quarter of the time.
    """
    flags = processor()
    times = 1 if dtype != torch.bfloat16 else 4 if "amx_bf16" in flags else 2 if "avx512_bf16" in flags else 1
    forward, weights = 1.4 * firing + 0.15 + 1.1 * line / channels, 0.95 * firing + 0.15 + 1.5 / line + 15 / channels
    return SparsePasses(forward * times < 0.95, weights * times < 0.95)


def convolve(
    x: Float[Tensor, "B C *size"],
    weight: Float[Tensor, "O C *window"],
    bias: Float[Tensor, " O"] | None,
    stride: int,
    first: Sequence[int] | None = None,
) -> Float[Tensor, "..."] | None:
    """A convolution of zeros and ones, padded so that stride 1 keeps the size.

    Args:
        x: [B, C, *size], zeros and ones, in channels-last format.
        weight: [O, C, *window], the same odd number 3 or 5 along each axis, in float32 or float64.
        bias: [O], or None for 0.
        stride: 1 or 2.
        first: The axes into which B is divided in the result, such as [T, N]; B by default.

    Returns:
        [*first, O, *ceil(size / stride)], channels last, with the type of `x`; None if it has another value than 0 and 1.
    """
    size = [-(-n // stride) for n in x.shape[2:]]
    y = empty_channels_last(x, x.shape[:1] if first is None else first, weight.shape[0], size)
    w = _channels_last(weight.to(sum_type(x)))
    b = None if bias is None else bias.to(sum_type(x)).contiguous()
    others = ctypes.c_int64()
    pointers = [x.data_ptr(), w.data_ptr(), 0 if b is None else b.data_ptr(), y.data_ptr(), ctypes.addressof(others)]
    call("convolve", sum_type(x), [*_geometry(x, w.shape, stride), *pointers])
    return None if others.value else y


def correlate(
    x: Float[Tensor, "B C *size"], grad: Float[Tensor, "B O *out"], shape: torch.Size, stride: int
) -> Float[Tensor, "O C *window"] | None:
    """The gradient of the weights of `convolve`.

    Args:
        x: The inputs of `convolve`, [B, C, *size].
        grad: The gradient of the result, [B, O, *ceil(size / stride)].
        shape: The shape of the weights.
        stride: 1 or 2.

    Returns:
        [O, C, *window], channels last, in float32 or float64; None if `x` has another value than 0 and 1.

    Raises:
        ValueError: The gradient has another shape than the result.
    """
    size = [-(-n // stride) for n in x.shape[2:]]
    if list(grad.shape) != [x.shape[0], shape[0], *size]:
        raise ValueError(f"the gradient {list(grad.shape)} doesn't fit the result {[x.shape[0], shape[0], *size]}")
    grad = _channels_last(grad.to(x.dtype))  # compiled code reads it with the type of `x`
    weight = torch.empty(shape, dtype=sum_type(x), device=x.device, memory_format=memory_format(x.dim() - 2))
    others = ctypes.c_int64()
    pointers = [x.data_ptr(), grad.data_ptr(), weight.data_ptr(), ctypes.addressof(others)]
    call("correlate", sum_type(x), [*_geometry(x, shape, stride), *pointers])
    return None if others.value else weight


def _geometry(x: Tensor, shape: torch.Size, stride: int) -> list[int]:
    batch, channels, *size = x.shape
    depth = 1 if len(size) == 2 else size[0]
    deep = 1 if len(size) == 2 else shape[2]
    out, window = shape[0], shape[-1]
    numbers = [torch.get_num_threads(), batch, depth, *size[-2:], channels, out, window, deep, stride]
    return [*numbers, int(x.dtype == torch.bfloat16)]


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=memory_format(x.dim() - 2))
