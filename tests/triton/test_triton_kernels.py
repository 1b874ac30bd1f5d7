"""Kernels of Triton compute what operations of torch do: on a GPU if there is one, else by Triton's interpreter.

The interpreter runs the same text, program by program, so that values and gradients are checked on any machine. A sample of the
cases always runs, drawn for each kind of case.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.triton.library import installed

from ..sampled import drawn, sampled
from .compared_cases import CASES, EXACT, LOW, SINGLES

ROOT = Path(__file__).parents[2]
ALWAYS = {"models": 2}
"""How many cases of a group always run; of the others one does."""
EACH = [parameter for group, cases in EXACT.items() for parameter in sampled(cases, ALWAYS.get(group, 1))]
CHOSEN = {name for group, cases in EXACT.items() for name in drawn(cases, ALWAYS.get(group, 1))}
CHOSEN |= drawn(SINGLES, 1) | LOW.keys()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not installed(), reason="Triton isn't installed")]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> dict[str, dict[str, float]]:
    """By how much results of the cases that run differ, by kind."""
    all_of_them = request.config.getoption("--long")
    names = [n for n in CASES if all_of_them or n in CHOSEN]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    environment = {**os.environ, **({} if device == "cuda" else {"TRITON_INTERPRET": "1"})}
    command = [sys.executable, "-m", "tests.triton.program", device, *names]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {each.pop("case"): each for each in lines}


@pytest.mark.parametrize("name", EACH)
def test_triton_computes_what_torch_does(name: str, found: dict[str, dict[str, float]]) -> None:
    differs = found[name]
    assert differs["spikes"] > (0.1 if "network" in name else 1)
    assert differs["results"] <= 1e-13
    assert differs["gradients"] <= (1e-12 if "supernet" in name else 1e-13)
    assert differs.get("statistics", 0) <= 1e-13


@pytest.mark.parametrize("name", sampled(SINGLES, 1))
def test_triton_in_float32(name: str, found: dict[str, dict[str, float]]) -> None:
    differs = found[name]
    assert differs["spikes"] > 10
    assert differs["results"] <= 1e-6
    assert differs["gradients"] <= 4e-6


@pytest.mark.parametrize("name", LOW)
def test_triton_with_less_precision(name: str, found: dict[str, dict[str, float]]) -> None:
    """Everything but the gradients of currents is as in float32; these have other bits where their last rounding decides."""
    differs = found[name]
    assert differs["spikes"] > 10
    assert differs["results"] <= 1e-6
    assert differs["unequal"] <= 0.02
    assert differs["gradients"] <= (2**-7 if "bfloat16" in name else 2**-10)


def test_spikes_as_bits(found: dict[str, dict[str, float]]) -> None:
    """As numpy packs them."""
    assert found["bits"] == {"bytes": 0, "spikes": 0}
