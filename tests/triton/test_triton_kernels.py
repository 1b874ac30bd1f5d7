"""Kernels of Triton compute what operations of torch do: on a GPU if there is one, else by Triton's interpreter.

The interpreter runs the same text, program by program, so that values and gradients are checked on any machine.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.triton.library import installed

PROGRAM = Path(__file__).parent / "program.py"
MODELS = ("alif", "brf", "clif", "dendrite", "glif", "izhikevich", "ltc", "sliding_psn", "ternary")
"""Those that always run: with functions, levels, signs, several currents, several states, learned numbers."""
KINDS = ("soft", "detached", "late", "silent", "reached", "hard", "nearest")
SURROGATES = ("dspike", "triangle", "arctan", "rectangular", "exponential", "sigmoid", "gaussian", "open_rectangular")
EXACT = (
    *(f"{model} {layout}" for model in MODELS for layout in ("first", "last")),
    *(f"lif {kind}" for kind in KINDS),
    *SURROGATES,
    *(f"{name} by groups" for name in SURROGATES),
    *("twenty steps", "no pixels"),
    *(f"network {name}, {way}" for name in ("lif", "soft", "alif", "plif") for way in ("training", "evaluation")),
    "network compiled, training",
)
"""Cases in float64."""
ROUNDED = {**{f"{model} float32": 4e-6 for model in MODELS}, "float16": 2e-3, "bfloat16": 8e-3}
"""Cases with less precision, and by what gradients differ at most: they are rounded once more."""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not installed(), reason="Triton isn't installed")]


def run(*names: str) -> dict[str, dict[str, float]]:
    """What the program prints of these cases."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    environment = {**os.environ, "PYTHONPATH": str(PROGRAM.parents[1] / "torch")}
    environment |= {} if device == "cuda" else {"TRITON_INTERPRET": "1"}
    command = [sys.executable, str(PROGRAM), device, *names]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {each.pop("case"): each for each in found}


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, float]]:
    """The differences of all cases, by name."""
    return run(*EXACT, *ROUNDED)


@pytest.mark.parametrize("name", EXACT)
def test_triton_computes_what_torch_does(name: str, found: dict[str, dict[str, float]]) -> None:
    differs = found[name]
    assert differs["spikes"] > 1
    assert differs["results"] <= 1e-13
    assert differs["gradients"] <= 1e-13
    assert differs.get("statistics", 0) <= 1e-13


@pytest.mark.parametrize("name", ROUNDED)
def test_triton_with_less_precision(name: str, found: dict[str, dict[str, float]]) -> None:
    differs = found[name]
    assert differs["spikes"] > 10
    assert differs["results"] <= 1e-6
    assert differs["gradients"] <= ROUNDED[name]


@pytest.mark.long
def test_triton_with_every_model() -> None:
    from spikegraph.dsl.models.library import library, library_model

    names = [name for name in library() if library_model(name).plain.states and not library_model(name).over_time]
    assert len(names) > 20
    cases = run(*(f"{name} {way}" for name in names for way in ("first", "last")))
    assert max(differs["gradients"] for differs in cases.values()) <= 1e-13
