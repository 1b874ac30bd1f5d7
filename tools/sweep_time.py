"""Measures four seeds, two at once, against the four single runs one after the other; one thread each.

    python tools/sweep_time.py [SPEC OPTIONS...]

The options are those of `spikegraph compile SPEC --train`; by default `builtin:stereo` with its profile `sample`. Prints the
times, their ratio and the processor, and whether genotypes, metrics and weights are the same bits. Wants an idle machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spikegraph.base.processor import this_processor
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared

SEEDS = (0, 1, 2, 3)
DEFAULT = ("builtin:stereo", "--profile", "sample")


def train(*arguments: str) -> float:
    """Runs a training with one thread; returns its time in seconds."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "spikegraph", "compile", *arguments, "--train", "--device", "cpu"]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return time.monotonic() - begun


def main(options: list[str]) -> int:
    """Measures and prints; returns 1 if the runs differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train(*options, "--seed", "99", "--out", str(folder / "first"))  # makes the caches
        singles = [train(*options, "--seed", str(seed), "--out", str(folder / f"single-{seed}")) for seed in SEEDS]
        both = train(*options, "--seeds", f"{SEEDS[0]}-{SEEDS[-1]}", "--jobs", "2", "--out", str(folder / "sweep"))
        pairs = [(read_run(folder / f"single-{seed}"), read_run(folder / "sweep" / f"seed-{seed}")) for seed in SEEDS]
        different = [result.what for pair in pairs for result in compared(*pair) if result.difference is not None]
    print(f"processor: {this_processor().name}, {os.cpu_count()} cores")
    print("single runs: " + " + ".join(f"{seconds:.1f}" for seconds in singles) + f" = {sum(singles):.1f} s")
    print(f"--seeds 0-3 --jobs 2: {both:.1f} s; ratio {both / sum(singles):.3f}")
    print("results: " + (f"different: {', '.join(different)}" if different else "identical"))
    return int(bool(different))


if __name__ == "__main__":
    if "--help" in sys.argv:
        print(__doc__)
    else:
        sys.exit(main(sys.argv[1:] or list(DEFAULT)))
