"""Spikes as bits by kernels of Triton, in the order of the compiled ones: bit k of byte i is spike 8 i + k."""

import torch
from torch import Tensor

from spikegraph.backends.torch.triton.library import start

BYTES = 256
"""Bytes of a program."""

_KERNEL = """@triton.jit(do_not_specialize=["SPIKES", "TOTAL"])
def {name}(x, bits, SPIKES, TOTAL, BYTES: tl.constexpr, A: tl.constexpr):
    byte = tl.program_id(0).to(tl.int64) * BYTES + tl.arange(0, BYTES)[:, None]
    k = tl.arange(0, 8)[None, :]
    at = byte * 8 + k
    {line}
"""
_LINES = {
    "pack": """spikes = (tl.load(x + at, mask=at < SPIKES, other=0.0) != 0).to(tl.int32)
    tl.store(bits + byte, tl.sum(spikes << k, 1, keep_dims=True).to(tl.uint8), mask=byte < TOTAL)""",
    "unpack": """spikes = (tl.load(bits + byte, mask=byte < TOTAL, other=0).to(tl.int32) >> k) & 1
    tl.store(x + at, spikes.to(tl.float32).to(x.dtype.element_ty), mask=at < SPIKES)""",
}


def convert(name: str, x: Tensor, bits: Tensor) -> None:
    """Packs or unpacks.

    Args:
        name: `pack` writes the bits, `unpack` the spikes.
        x: Zeros and ones of any shape, one behind the other in memory.
        bits: Bytes, at least an eighth as many; what is more than that is 0.
    """
    sizes = (x.numel(), bits.numel())
    text = _KERNEL.format(name=name, line=_LINES[name])
    start(text, name, (-(-sizes[1] // BYTES),), [x, bits, *sizes], {"BYTES": BYTES}, double=x.dtype == torch.float64)
