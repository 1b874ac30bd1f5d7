"""The processor, and the notice of a run whose convolutions in bfloat16 would be slow."""

from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch import main
from spikegraph.base import processor
from spikegraph.base.processor import Processor, slow_bfloat16, this_processor

SPEC = Path(__file__).parents[2] / "specs" / "cifar10.sdhs"
SLOW = Processor("AMD EPYC", avx512=False, avx512_bf16=False, amx_bf16=False)
FAST = Processor("AMD EPYC 9655", avx512=True, avx512_bf16=True, amx_bf16=False)
UNKNOWN = Processor("aarch64")
NOTICE = (
    "note: this processor (AMD EPYC) has no fast bfloat16 (neither AVX512-BF16 nor AMX-BF16); in bfloat16 a step may take "
    "ten times as long as in float32: use --precision fp32"
)


def described(folder: Path, flags: str, name: str = "model name\t: AMD EPYC\n") -> Path:
    """A description of two processors as Linux gives it; the second one's name is different."""
    path = folder / "cpuinfo"
    path.write_text(f"processor\t: 0\n{name}flags\t\t: {flags}\n\nprocessor\t: 1\nmodel name\t: other\nflags\t\t: {flags}\n")
    return path


@pytest.mark.parametrize(
    ("flags", "features", "fast"),
    [
        ("fpu avx2", (False, False, False), False),
        ("fpu avx2 avx512f avx512_vnni", (True, False, False), False),
        ("fpu avx512f avx512_bf16", (True, True, False), True),
        ("fpu avx512f amx_bf16 amx_tile", (True, False, True), True),
    ],
)
def test_what_linux_tells(tmp_path, monkeypatch, flags, features, fast) -> None:
    monkeypatch.setattr(processor.platform, "machine", lambda: "x86_64")
    found = this_processor(described(tmp_path, flags))
    assert found == Processor("AMD EPYC", *features)
    assert found.fast_bfloat16 is fast


def test_other_systems_are_unknown(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(processor.platform, "processor", lambda: "")
    monkeypatch.setattr(processor.platform, "machine", lambda: "x86_64")
    assert this_processor(tmp_path / "missing") == Processor("x86_64")
    monkeypatch.setattr(processor.platform, "machine", lambda: "aarch64")
    assert this_processor(described(tmp_path, "fp asimd bf16")) == Processor("AMD EPYC")
    assert Processor("aarch64").fast_bfloat16 is None


@pytest.mark.parametrize(
    ("device", "found", "notice"),
    [
        ("cpu", SLOW, NOTICE),
        ("cpu:0", SLOW, NOTICE),
        ("cpu", FAST, None),
        ("cpu", UNKNOWN, None),
        ("cuda", SLOW, None),
        ("cuda:1", SLOW, None),
    ],
)
def test_the_notice_is_for_slow_processors(device, found, notice) -> None:
    assert slow_bfloat16(device, found) == notice


@pytest.mark.parametrize(
    ("precision", "device", "found", "expected"),
    [
        ("bf16", "cpu", SLOW, [NOTICE]),
        ("bf16", "cpu", FAST, []),
        ("bf16", "cpu", UNKNOWN, []),
        ("bf16", "cuda", SLOW, []),
        ("fp32", "cpu", SLOW, []),
    ],
)
def test_a_run_prints_it_once(monkeypatch, notices, precision, device, found, expected) -> None:
    monkeypatch.setattr(processor, "this_processor", lambda: found)
    monkeypatch.setattr(main, "kernels_line", lambda device, precision: None)
    monkeypatch.setattr(main, "device_of", torch.device)
    assert notices(device, precision) == expected
