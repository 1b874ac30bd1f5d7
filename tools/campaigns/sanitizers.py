"""Native code with random shapes, strides and types, under AddressSanitizer and UndefinedBehaviorSanitizer.

A case is a process that makes random calls of the registered operators, forward and backward, on tensors whose last number is
the last of their memory. The kinds are the instructions that the code was compiled for: this processor's, or those of every
processor of its kind, whose vectors are shorter.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from cases import Outcome

from spikegraph.backends.torch.native.build import FLAGS, SOURCES
from spikegraph.compiled.compiler import compiler

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CALLS = 100
"""Calls in a case."""

SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g1", "-O0")
KINDS = {"this processor's instructions": "-march=native", "every processor's instructions": "-mno-avx"}
LIMIT_S = 600


def case(seed: int, calls: int = CALLS, folder: Path = ROOT / "build" / "sanitized") -> Outcome:
    """Makes random calls in a process of their own.

    Args:
        seed: The seed.
        calls: The number of calls.
        folder: Where the library is compiled.
    """
    kind = list(KINDS)[seed % len(KINDS)]
    environment = os.environ | {
        "LD_PRELOAD": " ".join(_runtime(name) for name in ("libasan.so", "libubsan.so")),
        # Python and torch keep memory until they end, and that isn't the subject here.
        "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "",
    }
    command = [sys.executable, str(HERE / "sanitized_calls.py"), str(library(KINDS[kind], folder)), str(seed), str(calls)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        return Outcome(kind, False, f"status {done.returncode}: {_finding(done.stderr)}")
    made = json.loads(done.stdout.splitlines()[-1])
    return Outcome(kind, made["calls"] == calls, "" if made["calls"] == calls else str(made))


@cache
def library(instructions: str, folder: Path) -> Path:
    """Compiles the sources with both sanitizers."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"native{instructions}.so"
    flags = [f for f in FLAGS if not f.startswith(("-O", "-march"))]
    own = dict.fromkeys(flag for flags_of in SOURCES.values() for flag in flags_of)
    # The OpenMP library that the compiler brings; torch's own can't be linked by its name.
    command = [*compiler(), *flags, *own, instructions, *SANITIZE, "-shared", *map(str, SOURCES), "-o", str(out)]
    subprocess.run(command, check=True)
    return out


def _runtime(name: str) -> str:
    command = [*compiler(), f"-print-file-name={name}"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"{name} was not found: install the sanitizers of {' '.join(compiler())}")
    return path


def _finding(errors: str) -> str:
    """The lines of a report that say what was found and where."""
    lines = errors.splitlines()
    first = next((k for k, line in enumerate(lines) if "ERROR: AddressSanitizer" in line or "runtime error" in line), -10)
    return "\n".join(lines[first:][:12])
