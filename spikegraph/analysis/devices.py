"""Devices on which a training may run, with the figures of their makers, for what it will need of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spikegraph.plugins.registry import Registry

Unit = Literal["float32", "tf32", "bf16"]
"""What computes products: plain units in float32, or units for matrices in TensorFloat-32 or bfloat16, with sums in float32."""

PlanPrecision = Literal["fp32", "tf32", "bf16"]
"""Precisions of trainings that are predicted. `fp16` takes the time and memory of `bf16`."""

REACHED: Mapping[Unit, float] = {"float32": 0.75, "tf32": 1 / 3, "bf16": 1 / 3}
"""Shares of a rate that convolutions reach.

That of bf16 is what a published training step of SEW-ResNet-18 on an RTX 4090 reached (SpikingJelly 2.0: 129 ms for 112 images
at T = 4, of which 38 ms are traffic of norms and neurons): 4.9 TFLOP in 91 ms, of 165 TFLOP/s. The others are guesses.
"""

REACHED_BANDWIDTH = 0.85
"""Share of a bandwidth that operations without products reach; an assumption."""

LAUNCH = 10e-6
"""Seconds that the host takes for an operation, while the device computes earlier ones; an assumption."""


@dataclass(frozen=True)
class Device:
    """What a device offers.

    Attributes:
        name: Name on the command line.
        doc: What it is, in one line.
        source: Where the figures are from.
        memory: Bytes; None for that of the machine.
        bandwidth: Bytes that its memory reads or writes in a second.
        rates: Operations on numbers in a second, by unit: additions and multiplications, without skipping zeros.
        measured: Whether it is this machine's processor, whose figures are measured when they are needed.
        triton: Whether Triton's kernels of norms and neurons run there; else operations of torch are counted.
    """

    name: str
    doc: str
    source: str
    memory: int | None = None
    bandwidth: float = 0.0
    rates: Mapping[Unit, float] | None = None
    measured: bool = False
    triton: bool = True

    def rate(self, unit: Unit) -> float | None:
        """Operations a second that products reach; None if it has no units for them. Without TF32 they are in float32."""
        rates = self.rates or {}
        found: Unit = "float32" if unit == "tf32" and unit not in rates else unit
        return rates[found] * REACHED[found] if found in rates else None


def _card(
    name: str,
    doc: str,
    source: str,
    gib: int,
    gigabytes: float,
    float32: float,
    tf32: float | None,
    bf16: float | None,
    *,
    triton: bool = True,
) -> Device:
    """A card with so many GiB, gigabytes a second and TFLOP/s."""
    given: dict[Unit, float | None] = {"float32": float32, "tf32": tf32, "bf16": bf16}
    rates: dict[Unit, float] = {unit: rate * 1e12 for unit, rate in given.items() if rate is not None}
    return Device(name, doc, f"NVIDIA, {source}", gib << 30, gigabytes * 1e9, rates, triton=triton)


_H100, _A100, _L = "H100 Tensor Core GPU, datasheet", "A100 Tensor Core GPU, datasheet", "Tensor Core GPU, datasheet"
# Datasheets of Hopper and Ada give rates of units for matrices that skip zeros, twice those here. Of GeForce cards, rates are
# those with sums in float32. docs/scale.md has each figure as it was published. Triton needs compute capability 8.0, which the
# V100 doesn't have.
_CARDS = (
    _card("h200", "H200 SXM, 141 GB", "H200 Tensor Core GPU, datasheet", 141, 4800, 67, 494.7, 989.4),
    _card("h100", "H100 SXM, 80 GB", _H100, 80, 3350, 67, 494.7, 989.4),
    _card("h100-pcie", "H100 PCIe, 80 GB", _H100, 80, 2000, 51, 378, 756),
    _card("a100-80gb", "A100 SXM, 80 GB", _A100, 80, 2039, 19.5, 156, 312),
    _card("a100-40gb", "A100 SXM, 40 GB", _A100, 40, 1555, 19.5, 156, 312),
    _card("v100-32gb", "V100 SXM2, 32 GB", "V100 Tensor Core GPU, datasheet", 32, 900, 15.7, None, None, triton=False),
    _card("l40s", "L40S, 48 GB", f"L40S {_L}", 48, 864, 91.6, 183, 362),
    _card("l4", "L4, 24 GB", f"L4 {_L}", 24, 300, 30.3, 60, 121),
    _card("rtx-5090", "GeForce RTX 5090, 32 GB", "RTX Blackwell GPU architecture", 32, 1792, 104.8, 104.8, 209.5),
    _card("rtx-4090", "GeForce RTX 4090, 24 GB", "Ada GPU architecture", 24, 1008, 82.6, 82.6, 165.2),
    _card("rtx-3090", "GeForce RTX 3090, 24 GB", "Ampere GA102 GPU architecture", 24, 936, 35.6, 35.6, 71),
)

CPU = Device("cpu", "this machine's processor", "measured now", measured=True)

DEVICES: Registry[Device] = Registry(
    "device", "spikegraph.devices", {device.name: device for device in (*_CARDS, CPU)}, kind=Device, needed=False
)
"""All devices by name."""
