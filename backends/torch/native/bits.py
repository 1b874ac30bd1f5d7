"""Packs spikes into bits, which need a sixteenth of the memory of bfloat16 until the backward pass."""

import torch
from torch import Tensor

from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import LANES, SUFFIX, call


def packable(x: Tensor) -> bool:
    """Returns true if compiled code can pack this tensor."""
    return x.device.type == "cpu" and x.dtype in (*SUFFIX, torch.bfloat16) and x.is_contiguous() and missing() is None


def packed(x: Tensor) -> Tensor:
    """Packs a contiguous tensor of zeros and ones into bits (uint8), in order."""
    bits = torch.empty(-(-x.numel() // LANES) * LANES // 8, dtype=torch.uint8)
    _call("pack", x, bits)
    return bits


def unpacked(bits: Tensor, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """Restores a tensor from the bits that `packed` returned."""
    x = torch.empty(shape, dtype=dtype)
    _call("unpack", x, bits)
    return x


def _call(name: str, x: Tensor, bits: Tensor) -> None:
    sums = torch.float64 if x.dtype == torch.float64 else torch.float32
    memory = [x.data_ptr(), int(x.dtype == torch.bfloat16), 0, 0, 0, 0, 0]
    call(name, sums, [torch.get_num_threads(), x.numel(), *memory, bits.data_ptr()])
