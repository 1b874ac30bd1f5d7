"""Measures trainings beside a busy process: `python tools/shared_machine.py [CASE...] [--turns N] [--seconds S]`.

A case is `stereo` (the retraining of `compile builtin:stereo --train`, README's first command), `cifar10`, or `sweep` (two
seeds of `cifar10` with `--jobs 2`, whose rates are added). Each is started anew for every measurement, with its defaults
(`now`), or with a thread for each core that spins as long as those of libgomp (`fixed`): alone (`idle`), beside a process
that keeps one core busy (`beside`), and with such a process that starts when the training has begun (`later`). Measurements run
in turn, so that changes of the machine's speed affect all of them. Prints the median, minimum and maximum of steps per second,
and ratios to `fixed`, `idle`. Nothing else should run.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.processor import this_processor
from spikegraph.base.shared_cores import cores

GENOTYPES = Path(__file__).parents[1] / "specs" / "genotypes"
STEREO, CIFAR10 = (("--genotype", str(GENOTYPES / f"{name}.sdhs"), "--device", "cpu") for name in ("stereo", "cifar10"))
CASES = {
    "stereo": ("compile", "builtin:stereo", "--train", *STEREO),
    "cifar10": ("compile", "builtin:cifar10", "--train", *CIFAR10),
    "sweep": ("sweep", "builtin:cifar10", "--seeds", "0-1", "--jobs", "2", *CIFAR10),
}
"""Retrainings of published genotypes, whose steps are all alike."""
LIBGOMP_SPINS = "300000"
"""The default of `GOMP_SPINCOUNT`."""
FIRST, LIMIT_S = 4, 300.0
"""Steps before a measurement begins, and how long to wait for them."""


@dataclass(frozen=True)
class Way:
    """How a case is run: with fixed threads or with defaults, and when a busy process starts."""

    threads: str
    busy: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the training."""
        chosen = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
        kept = {name: value for name, value in os.environ.items() if name not in chosen}
        return kept if self.threads == "now" else kept | {"OMP_NUM_THREADS": str(cores()), "GOMP_SPINCOUNT": LIBGOMP_SPINS}


WAYS = [Way(*way) for way in (("fixed", "idle"), ("now", "idle"), ("fixed", "beside"), ("now", "beside"), ("now", "later"))]


@contextmanager
def busy() -> Generator[None]:
    """A process that keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def training(case: str, way: Way, folder: Path) -> Generator[None]:
    """The command, whose processes end with the block."""
    command = [sys.executable, "-m", "spikegraph", *CASES[case], "--out", str(folder / "run")]
    environment = {**way.environment, "PYTHONPATH": str(Path(__file__).parents[1])}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def times(folder: Path) -> list[list[float]]:
    """The times of all steps, of each run."""
    found: list[list[float]] = []
    for path in sorted([*folder.glob("run/metrics.jsonl"), *folder.glob("run/*/metrics.jsonl")]):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
        found.append([entry["time"] for entry in map(json.loads, lines) if entry["event"] == "step"])
    return found


def wait_for_steps(folder: Path, runs: int, process_log: Path) -> None:
    """Waits until each run has made its first steps.

    Raises:
        SystemExit: They take too long; the end of what the command printed is shown.
    """
    end = time.monotonic() + LIMIT_S
    while sum(len(steps) >= FIRST for steps in times(folder)) < runs:
        if time.monotonic() > end:
            sys.exit("no steps: " + process_log.read_text(encoding="utf-8")[-2000:])
        time.sleep(0.2)


def measure(case: str, way: Way, seconds: float) -> float:
    """Steps per second of a training."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = busy() if way.busy == "beside" else _nothing()
        with before, training(case, way, folder):
            wait_for_steps(folder, 2 if case == "sweep" else 1, folder / "log")
            after = busy() if way.busy == "later" else _nothing()
            with after:
                time.sleep(3 if way.busy == "later" else 0)  # it is noticed within two seconds
                begun = time.time()
                time.sleep(seconds)
                return sum(pace([at for at in steps if at >= begun]) for steps in times(folder))


def pace(steps: list[float]) -> float:
    """Steps per second, from the times of steps."""
    return (len(steps) - 1) / (steps[-1] - steps[0]) if len(steps) > 1 else 0.0


@contextmanager
def _nothing() -> Generator[None]:
    yield


def main() -> None:
    """Measures the given cases, or all."""
    parser = argparse.ArgumentParser(prog="tools/shared_machine.py", description="Measures trainings beside a busy process.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(CASES)} (default: all)")
    parser.add_argument("--turns", type=int, default=3, help="measurements of each way (default 3)")
    parser.add_argument("--seconds", type=float, default=15, help="length of a measurement (default 15)")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the processes that were started end too
    print(f"{this_processor().name}, {cores()} cores\n")
    print("| case | threads | busy process | steps a second (minimum to maximum) | ratio |")
    print("|---|---|---|---:|---:|")
    for case in options.cases or CASES:
        found: dict[Way, list[float]] = {way: [] for way in WAYS}
        for _ in range(options.turns):
            for way, rates in found.items():
                rates.append(measure(case, way, options.seconds))
        idle = statistics.median(found[WAYS[0]])
        for way, rates in found.items():
            rate, ends = statistics.median(rates), f"{min(rates):.3g} to {max(rates):.3g}"
            print(f"| {case} | {way.threads} | {way.busy} | {rate:.3g} ({ends}) | {rate / idle:.2f} |", flush=True)


if __name__ == "__main__":
    main()
