"""The operators of this package in operations of torch, so that an exported program runs without it.

Each registered operator that a deployed network calls has its decomposition here; without one the export is refused.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.memory import joined
from spikegraph.backends.torch.modules import convolution, mixing, neuron_models, volume
from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps

_MODULES = (convolution, mixing, neuron_models, volume)
"""The modules that register the operators below."""


def convolve(x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], stride: int, *_: Any) -> Tensor:
    """As `spikegraph.backends.torch.modules.convolution.convolve`."""
    weight, bias = joined(weights).to(x.dtype), joined(biases).to(x.dtype) if biases else None
    function = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[weight.dim()]
    if x.dim() == weight.dim():
        return function(x, weight, bias, stride, weight.shape[-1] // 2)
    return parted_steps(function(joined_steps(x), weight, bias, stride, weight.shape[-1] // 2), len(x))


def count_spikes(
    u: Tensor, threshold: Tensor, learned: Tensor | None, b: float, surrogate: str, levels: int, spike_at: str
) -> Tensor:
    """As `spikegraph.backends.torch.modules.neuron_models._forward`."""
    if levels == 1 and spike_at != "nearest":
        return (u >= threshold if spike_at == "reached" else u > threshold).to(u.dtype)
    if spike_at == "nearest":
        count = torch.round(u / threshold)
    else:
        count = torch.floor(u / threshold) if spike_at == "reached" else torch.ceil(u / threshold) - 1
    return count.clamp(0, levels)


def weighted_sum(weights: Tensor, values: Sequence[Tensor]) -> Tensor:
    """As `spikegraph.backends.torch.modules.mixing.weighted_sum`."""
    total = values[0] * weights[0]
    for number, value in enumerate(values[1:], 1):
        total = total + value * weights[number]
    return total


def cost_volume(left: Tensor, right: Tensor, planes: int) -> Tensor:
    """As `spikegraph.backends.torch.modules.volume.cost_volume`."""
    width = left.shape[-1]
    shifted = [F.pad(right[..., : max(width - d, 0)], (min(d, width), 0)) for d in range(planes)]
    repeated = left.unsqueeze(-3).expand(*left.shape[:-2], planes, *left.shape[-2:])
    return torch.cat((repeated, torch.stack(shifted, -3)), -4)


def var_mean(
    x: Tensor, dim: Sequence[int] | None = None, *, correction: float | None = None, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    """As `torch.var_mean`, with sums over one axis after the other.

    A program that adds up all pixels of a map in one float32 sum, as onnxruntime does over several axes, is off by 2e-4 of the
    variance for spikes of 320 x 384 pixels; over one axis after the other, by less than 1e-6.
    """
    axes = sorted(d % x.dim() for d in (range(x.dim()) if dim is None else dim))
    count = math.prod(x.shape[axis] for axis in axes)

    def total(y: Tensor) -> Tensor:
        for axis in reversed(axes):
            y = y.sum(axis, keepdim=True)
        return y

    mean = total(x) / count
    centred = x - mean
    variance = total(centred * centred) / (count - (1 if correction is None else correction))
    return (variance, mean) if keepdim else (variance.squeeze(axes), mean.squeeze(axes))


def table() -> dict[Any, Callable[..., Any]]:
    """The functions by operator, as `ExportedProgram.run_decompositions` takes them."""
    own = torch.ops.spikegraph
    return {
        own.convolve.default: convolve,
        own.count_spikes.default: count_spikes,
        own.weighted_sum.default: weighted_sum,
        own.cost_volume.default: cost_volume,
    }


def onnx_table() -> dict[Any, Callable[..., Any]]:
    """The operators of torch that ONNX gets in other operations, whose results in onnxruntime are more accurate."""
    return {torch.ops.aten.var_mean.correction: var_mean}
