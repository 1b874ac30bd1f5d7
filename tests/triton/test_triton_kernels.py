"""Kernels of Triton compute what operations of torch do: on a GPU if there is one, else by Triton's interpreter.

The interpreter runs the same text, program by program, so that values and gradients are checked on any machine. A sample of the
cases always runs, drawn for each kind of case.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.triton.library import installed

from ..sampled import drawn, sampled
from .compared_cases import CASES, EXACT, LOW, SINGLES

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
parts = importlib.import_module("gpu_check.parts")
sys.path.pop(0)
MOST = 1800
"""Seconds of all cases."""
MEMORY = 2 << 30
"""Bytes of a GPU for each process."""
ALWAYS = {"models": 2}
"""How many cases of a group always run; of the others one does."""
EACH = [parameter for group, cases in EXACT.items() for parameter in sampled(cases, ALWAYS.get(group, 1))]
CHOSEN = {name for group, cases in EXACT.items() for name in drawn(cases, ALWAYS.get(group, 1))}
CHOSEN |= drawn(SINGLES, 1) | LOW.keys()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not installed(), reason="Triton isn't installed")]


@pytest.fixture(scope="module")
def of(request: pytest.FixtureRequest) -> Callable[[str], dict[str, float]]:
    """By how much results of a case differ, by kind. On a GPU several processes compile kernels, what takes longest."""
    all_of_them, there = request.config.getoption("--long"), torch.cuda.is_available()
    names = ["bits", *(n for n in CASES if all_of_them or n in CHOSEN)]
    memory = torch.cuda.get_device_properties(0).total_memory if there else 0
    count = max(1, min(8, os.cpu_count() or 1, memory // MEMORY)) if there else 1
    environment = {**os.environ, **({} if there else {"TRITON_INTERPRET": "1"})}
    command = [sys.executable, "-m", "tests.triton.program", "cuda" if there else "cpu"]
    how = {"seconds": 300, "until": time.monotonic() + MOST, "environment": environment, "folder": str(ROOT)}
    with ThreadPoolExecutor(count) as pool:
        each = pool.map(lambda k: dict(parts.parts(command, names[k::count], **how)), range(count))
    found = {name: differs for part in each for name, differs in part.items()}

    def differences(name: str) -> dict[str, float]:
        assert "error" not in found[name], found[name]["error"]
        return found[name]

    return differences


@pytest.mark.parametrize("name", EACH)
def test_triton_computes_what_torch_does(name: str, of: Callable[[str], dict[str, float]]) -> None:
    differs = of(name)
    assert differs["spikes"] > (0.1 if "network" in name else 1)
    # Values of ten thousand have four digits fewer; differences of their squares, which aren't taken, would have eight.
    assert differs["results"] <= (1e-10 if "far" in name else 1e-13)
    # Potentials of hundreds, which are squared in each step, make more of the last digit.
    less = {"far": 1e-10, "izhikevich with": 4e-12, "supernet": 1e-12}
    assert differs["gradients"] <= next((most for part, most in less.items() if part in name), 1e-13)
    assert differs.get("statistics", 0) <= 1e-13


@pytest.mark.parametrize("name", sampled(SINGLES, 1))
def test_triton_in_float32(name: str, of: Callable[[str], dict[str, float]]) -> None:
    differs = of(name)
    assert differs["spikes"] > 10
    assert differs["results"] <= 1e-6
    assert differs["gradients"] <= 4e-6


@pytest.mark.parametrize("name", LOW)
def test_triton_with_less_precision(name: str, of: Callable[[str], dict[str, float]]) -> None:
    """Everything but the gradients of currents is as in float32; these have other bits where their last rounding decides."""
    differs = of(name)
    assert differs["spikes"] > 10
    assert differs["results"] <= 1e-6
    assert differs["unequal"] <= 0.02
    assert differs["gradients"] <= (2**-7 if "bfloat16" in name else 2**-10)


def test_spikes_as_bits(of: Callable[[str], dict[str, float]]) -> None:
    """As numpy packs them."""
    assert of("bits") == {"bytes": 0, "spikes": 0}
