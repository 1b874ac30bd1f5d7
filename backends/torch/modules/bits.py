"""Packs spikes into bits, which need a sixteenth of the memory of bfloat16 until the backward pass."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import LANES, SUFFIX, call
from spikegraph.backends.torch.operators import operator
from spikegraph.backends.torch.triton import library as triton
from spikegraph.backends.torch.triton.bits import convert


def packable(x: Shaped[Tensor, "..."]) -> bool:
    """Returns true if a kernel can pack this tensor, of any shape [...], without copying it."""
    kernel = missing() is None if x.device.type == "cpu" else triton.usable(x)
    return kernel and x.dtype in _types(x) and x.is_contiguous()


def _types(x: Tensor) -> tuple[torch.dtype, ...]:
    """The types of spikes that kernels of the tensor's device take."""
    return (*SUFFIX, torch.bfloat16, *(() if x.device.type == "cpu" else (torch.float16,)))


def _packed(x: Tensor) -> Tensor:
    bits = _fake(x)
    _call("pack", x.contiguous(), bits)
    return bits


def _fake(x: Tensor) -> Tensor:
    return x.new_empty(-(-x.numel() // LANES) * LANES // 8, dtype=torch.uint8)


def _unpacked(bits: Tensor, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    if bits.dtype != torch.uint8 or bits.numel() != -(-math.prod(shape) // LANES) * LANES // 8:
        raise ValueError(f"{bits.dtype} {list(bits.shape)} aren't the bits of a tensor of shape {list(shape)}")
    x = _empty(bits, shape, dtype)
    _call("unpack", x, bits.contiguous())
    return x


def _empty(bits: Tensor, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    return bits.new_empty(shape, dtype=dtype)


def _call(name: str, x: Tensor, bits: Tensor) -> None:
    if x.dtype not in _types(x):
        raise ValueError(f"spikes can't be {x.dtype}")
    if x.device.type != "cpu":
        convert(name, x, bits)
        return
    memory = [x.data_ptr(), int(x.dtype == torch.bfloat16), 0, 0, 0, 0, 0]
    call(name, sum_type(x), [torch.get_num_threads(), x.numel(), *memory, bits.data_ptr()])


packed = operator("pack_bits(Tensor x) -> Tensor", _packed, fake=_fake)
"""(x) -> bits: packs a tensor of zeros and ones into bits (uint8), in order."""

unpacked = operator("unpack_bits(Tensor bits, SymInt[] shape, ScalarType dtype) -> Tensor", _unpacked, fake=_empty)
"""(bits, shape, dtype) -> x: restores a tensor from the bits that `packed` returned."""
