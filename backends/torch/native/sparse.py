"""Convolutions of spikes that pass over the silent ones, as compiled code: their work is in proportion to the firing rate."""

import ctypes
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.modules.autograd import apply, first_order
from spikegraph.backends.torch.native.build import missing, processor
from spikegraph.backends.torch.native.sweep import SUFFIX, call

EVERY = 8
"""Of the pixels, one in so many is looked at for the firing rate."""

LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


@dataclass(frozen=True)
class Worth:
    """Which of a convolution's passes are quicker when they pass over silent inputs."""

    forward: bool
    weights: bool


def usable(x: Tensor) -> bool:
    """Whether compiled code can take these inputs, [B, C, *size]."""
    return x.device.type == "cpu" and x.dtype in (*SUFFIX, torch.bfloat16) and x.numel() > 0 and missing() is None


def rate(x: Tensor) -> float:
    """The share of inputs that fire, over some of the pixels; they lie channels last."""
    channels = x.shape[1]
    rows = x.numel() // channels
    found = ctypes.c_int64()
    numbers = [torch.get_num_threads(), rows, channels, EVERY, int(x.dtype == torch.bfloat16)]
    call("density", _sums(x), [*numbers, x.data_ptr(), ctypes.addressof(found)])
    return found.value / (-(-rows // EVERY) * channels)


def worth(firing: float, channels: int, line: int, dtype: torch.dtype) -> Worth:
    """By a fit to times of both ways on one core of a processor with AVX-512, from 48 to 576 channels.

    Args:
        firing: The share of inputs that fire.
        channels: Of the input.
        line: Outputs along the last axis.
        dtype: Of the inputs; where the processor multiplies bfloat16, the dense way takes half the time, or a quarter.
    """
    flags = processor()
    times = 1 if dtype != torch.bfloat16 else 4 if "amx_bf16" in flags else 2 if "avx512_bf16" in flags else 1
    forward, weights = 1.4 * firing + 0.15 + 1.1 * line / channels, firing + 0.3 + 2.4 / line
    return Worth(forward * times < 0.95, weights * times < 0.95)


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, chosen: Worth) -> Tensor:
    """A convolution of zeros and ones, padded so that stride 1 keeps the size.

    Args:
        x: [B, C, *size], zeros and ones, channels last.
        weight: [O, C, *window], the same odd number 3 or 5 along each axis, in float32 or float64.
        bias: [O], or None.
        stride: 1 or 2.
        chosen: The passes that pass over silent inputs; the others are torch's.

    Returns:
        [B, O, *ceil(size / stride)], channels last, of the type of `x`.
    """
    return apply(_Convolve, x, weight, bias, stride, chosen)


def _sums(x: Tensor) -> torch.dtype:
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def _geometry(x: Tensor, weight: Tensor, stride: int) -> list[int]:
    batch, channels, *size = x.shape
    depth = 1 if len(size) == 2 else size[0]
    deep = 1 if len(size) == 2 else weight.shape[2]
    out, window = weight.shape[0], weight.shape[-1]
    numbers = [torch.get_num_threads(), batch, depth, *size[-2:], channels, out, window, deep, stride]
    return [*numbers, int(x.dtype == torch.bfloat16)]


def _lying(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=LAYOUTS[x.dim()])


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, chosen: Worth) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.chosen, ctx.biased = stride, chosen, bias is not None
        if not chosen.forward:
            function = F.conv2d if x.dim() == 4 else F.conv3d
            low = None if bias is None else bias.to(x.dtype)
            return function(x, weight.to(x.dtype), low, stride, weight.shape[-1] // 2)
        size = [-(-n // stride) for n in x.shape[2:]]
        y = torch.empty(x.shape[0], weight.shape[0], *size, dtype=x.dtype, memory_format=LAYOUTS[x.dim()])
        w = _lying(weight.detach().to(_sums(x)))
        b = None if bias is None else bias.detach().to(_sums(x)).contiguous()
        pointers = [x.data_ptr(), w.data_ptr(), 0 if b is None else b.data_ptr(), y.data_ptr()]
        call("convolve", _sums(x), [*_geometry(x, w, stride), *pointers])
        return y

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        grad = _lying(grad_outputs[0])
        for_x, for_weight, for_bias = ctx.needs_input_grad[:3]
        sparse = ctx.chosen.weights
        axes = x.dim() - 2
        sizes = ([ctx.stride] * axes, [weight.shape[-1] // 2] * axes, [1] * axes, False, [0] * axes, 1)
        dx = dw = None
        if for_x or (for_weight and not sparse):
            wanted = [for_x, for_weight and not sparse, False]
            dx, dw, _ = torch.ops.aten.convolution_backward(grad, x, weight.to(x.dtype), None, *sizes, wanted)
        if for_weight and sparse:
            dw = torch.empty(weight.shape, dtype=_sums(x), memory_format=LAYOUTS[x.dim()])
            call("correlate", _sums(x), [*_geometry(x, weight, ctx.stride), x.data_ptr(), grad.data_ptr(), dw.data_ptr()])
        db = grad.sum((0, *range(2, grad.dim())), dtype=weight.dtype) if for_bias else None
        return dx, None if dw is None else dw.to(weight.dtype), db, None, None
