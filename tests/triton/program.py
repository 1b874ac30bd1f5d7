"""Neurons by Triton's kernels and by operations of torch: `python -m tests.triton.program DEVICE NAMES...` compares them.

It prints a line for each case, and for `bits`, which are spikes as bits. Without a GPU the environment has TRITON_INTERPRET=1,
which must be so before Triton is imported: it runs kernels on the CPU then.
"""

import json
import sys
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from spikegraph.backends.torch.memory import LOW
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.triton import launch
from spikegraph.backends.torch.triton import library as triton
from spikegraph.backends.torch.triton.bits import convert
from spikegraph.backends.torch.triton.tiles import Tiles

from .compared_cases import CASES, Found

LAUNCHES: list[str] = []
"""The kernels that ran."""


def _counted(
    self: launch.Launch, text: str, name: str, tiles: Tiles, tensors: Sequence[Tensor | int], **constants: object
) -> None:
    LAUNCHES.append(name)
    if not triton.INTERPRETED:
        return _run(self, text, name, tiles, tensors, **constants)
    # The interpreter cuts what it writes in bfloat16, where GPUs round: so it writes gradients in float32, and torch rounds.
    names = triton.kernel(text, name).arg_names
    given = [x.float() if n.startswith("dy") and x.dtype in LOW else x for n, x in zip(names, tensors, strict=False)]
    _run(self, text, name, tiles, given, **constants)
    for x, wide in zip(tensors, given, strict=True):
        if x is not wide:
            x.copy_(wide)
    return None


_run = launch.Launch.run


def by_both(compute: Callable[[], Found]) -> tuple[Found, Found]:
    """By Triton's kernels, of which some must have run, and by operations of torch alone."""
    LAUNCHES.clear()
    ours = compute()
    assert {"forward", "backward"} <= set(LAUNCHES), LAUNCHES
    usable, missing = triton.usable, generated_neurons.missing
    triton.usable, generated_neurons.missing = (lambda _: False), (lambda: "left out")
    try:
        return ours, compute()
    finally:
        triton.usable, generated_neurons.missing = usable, missing


def differences(ours: Found, theirs: Found) -> dict[str, float]:
    """By kind, the largest difference of numbers, relative to 1 and the largest number; and how many gradients are unequal.

    That is the share of those in bfloat16 or float16: others are rounded in another order.
    """
    found = {"spikes": ours["results"][0].double().abs().sum().item()}
    low = [
        (x != y).double().mean().item() for x, y in zip(ours["gradients"], theirs["gradients"], strict=True) if x.dtype in LOW
    ]
    found["unequal"] = max(low, default=0.0)
    for kind, ones in ours.items():
        assert [x.shape for x in ones] == [y.shape for y in theirs[kind]]
        assert [x.dtype for x in ones] == [y.dtype for y in theirs[kind]]
        found[kind] = max(
            ((x.double() - y.double()).abs().max() / y.double().abs().max().clamp(min=1)).item()
            for x, y in zip(ones, theirs[kind], strict=True)
        )
    return found


def bits(device: str) -> dict[str, float]:
    """How many bytes of packed spikes differ from those of numpy, and how many spikes of unpacked ones."""
    found = {"bytes": 0.0, "spikes": 0.0}
    for count in (1, 63, 64, 5000):
        for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
            x = (torch.rand(count, generator=torch.Generator().manual_seed(count)) < 0.4).to(device, dtype)
            packed = torch.full((-(-count // 64) * 8,), 77, dtype=torch.uint8, device=device)
            convert("pack", x, packed)
            expected = np.packbits(x.to("cpu", torch.uint8).numpy(), bitorder="little")
            expected = np.pad(expected, (0, len(packed) - len(expected)))
            found["bytes"] += float((packed.cpu().numpy() != expected).sum())
            again = torch.full_like(x, 7)
            convert("unpack", again, packed)
            found["spikes"] += float((again != x).sum())
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    launch.Launch.run = _counted
    generated_neurons.FEWEST_VALUES = 0
    device, *names = sys.argv[1:]
    for name in names:
        found = bits(device) if name == "bits" else differences(*by_both(lambda case=CASES[name]: case(device)))
        print(json.dumps(found), flush=True)
