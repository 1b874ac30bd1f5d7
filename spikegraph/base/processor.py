"""What this machine's processor is, and whether it computes in bfloat16 faster than in float32."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.surface import argument

X86 = ("x86_64", "amd64", "i686")


@dataclass(frozen=True)
class Processor:
    """A processor.

    Attributes:
        name: Its model, as the system names it.
        avx512: It has AVX-512 (foundation).
        avx512_bf16: It has AVX512-BF16.
        amx_bf16: It has AMX-BF16.

    The last three are None if unknown, as on processors of another kind than x86.
    """

    name: str
    avx512: bool | None = None
    avx512_bf16: bool | None = None
    amx_bf16: bool | None = None

    @property
    def fast_bfloat16(self) -> bool | None:
        """True if convolutions in bfloat16 have instructions of their own; None if unknown."""
        if self.avx512_bf16 or self.amx_bf16:
            return True
        return None if None in (self.avx512_bf16, self.amx_bf16) else False


def this_processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> Processor:
    """This machine's processor, from the system's description of it (a file in the format of Linux)."""
    try:
        lines = [line.partition(":") for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        lines = []
    fields = {key.strip(): value.strip() for key, _, value in reversed(lines)}  # the first processor's
    name = fields.get("model name") or platform.processor() or platform.machine() or "unknown"
    if platform.machine().lower() not in X86 or "flags" not in fields:
        return Processor(name)
    flags = set(fields["flags"].split())
    return Processor(name, "avx512f" in flags, "avx512_bf16" in flags, "amx_bf16" in flags)


def slow_bfloat16(device: str, processor: Processor | None = None) -> str | None:
    """The notice for convolutions in bfloat16 on a device that is slow at them, by default on this machine's processor.

    None if the device isn't the CPU, if the CPU is fast at them, and if that is unknown.
    """
    if device.partition(":")[0] != "cpu":
        return None
    found = processor or this_processor()
    if found.fast_bfloat16 is not False:
        return None
    return (
        f"note: this processor ({found.name}) has no fast bfloat16 (neither AVX512-BF16 nor AMX-BF16); in bfloat16 a "
        f"step may take ten times as long as in float32: use {argument('precision', 'fp32')}"
    )
