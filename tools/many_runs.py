"""Make a folder of finished runs: `python tools/many_runs.py RUN OUT [--count 1000] [--epochs 20] [--steps 100]`.

Each is a copy of RUN, a small finished run, with its own seed, metrics, genotype, one of a few learning rates, and a journal of
the given length. The project's own writers write these files; weights, checkpoints and pictures are hard links to RUN's. With
`--measure`, prints files and bytes of a run, and the time of `runs`, `show` and `report` and the size of what they write: first
with the files dropped from memory, then three times with the files in memory.
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from spikegraph.base.processor import this_processor
from spikegraph.genotype.searched import decode_architecture
from spikegraph.program.program import Program
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import Journal
from spikegraph.runs.record import RunRecord, read_run
from spikegraph.runs.summary import PhaseResult, Summary

RATES = (0.01, 0.025, 0.05)
"""The learning rates of the retraining, one after the other."""

METRIC = "accuracy_percent"

COMMANDS = (("runs",), ("runs", "--json"), ("show",), ("show", "--json"), ("report",))


def main() -> int:
    """Make the runs and measure the commands."""
    parser = argparse.ArgumentParser(prog="tools/many_runs.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN", help="a finished run with a search")
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder; if it exists, it is only measured")
    parser.add_argument("--count", type=int, default=1000, help="number of runs (default 1000)")
    parser.add_argument("--epochs", type=int, default=20, help="epochs of each phase (default 20)")
    parser.add_argument("--steps", type=int, default=100, help="journal entries of the steps of each phase (default 100)")
    parser.add_argument("--measure", action="store_true", help="measure the commands")
    options = parser.parse_args()
    if not options.out.exists():
        make(options.run, options.out, options.count, options.epochs, options.steps)
    if options.measure:
        measure(options.out)
    return 0


def make(run: Path, out: Path, count: int, epochs: int, steps: int) -> None:
    """Makes the runs `OUT/lr=RATE/seed-N`."""
    record = read_run(run)
    space = Program.read(record.folder.resolved).build("search").space
    overrides = [f"retrain.weights=sgd(lr = {rate}, momentum = 0.9)" for rate in RATES]
    specs = [Program.read(record.folder.resolved, overrides=[override]).text for override in overrides]
    for number in range(count):
        seed, k = divmod(number, len(RATES))
        folder = RunFolder(out / f"lr={RATES[k]}" / f"seed-{seed}")
        digest = sha256(specs[k].encode()).hexdigest()
        manifest = replace(record.manifest, seed=seed, resolved_sha256=digest, overrides=(overrides[k],))
        folder.begin(manifest, specs[k], resume=False)
        dice = random.Random(number)
        quality = dice.gauss(0, 0.1) + abs(RATES[k] - 0.025) * 10
        last = record.search_epochs[-1].architecture
        with Journal(folder.metrics) as journal:
            journal_of("search", journal, dice, quality, epochs, steps, last)
            accuracy = journal_of("retrain", journal, dice, quality, epochs, steps, {})
            journal.add("evaluation", "test", 1, 0, metrics={METRIC: accuracy - 1}, samples=10000)
        folder.genotype.write_text(decode_architecture(space, drawn(last, dice)), encoding="utf-8")
        folder.write_summary(summary(record, quality, accuracy, epochs))
        for path in run.iterdir():  # weights, checkpoints, pictures
            if path.is_dir():
                shutil.copytree(path, folder.path / path.name, dirs_exist_ok=True, copy_function=os.link)
            elif not (folder.path / path.name).exists():
                os.link(path, folder.path / path.name)


def journal_of(
    phase: str, journal: Journal, dice: random.Random, quality: float, epochs: int, steps: int, architecture: Mapping[str, Any]
) -> float:
    """Writes a phase's lines; returns the accuracy after the last epoch."""
    each, accuracy = steps // epochs, 0.0
    for epoch in range(1, epochs + 1):
        loss = 2.3 / (1 + epoch) ** 0.5 + quality
        for step in range(1, each + 1):
            journal.add("step", phase, epoch, step, lr=0.1, losses={"loss": loss + dice.gauss(0, 0.1)})
        accuracy = min(99.0, max(1.0, 93 - 40 / (1 + epoch) - 10 * quality + dice.gauss(0, 1)))
        found = {"architecture": drawn(architecture, dice)} if architecture else {"metrics": {METRIC: accuracy}}
        journal.add("epoch", phase, epoch, each, losses={"loss": loss}, **found)
    return accuracy


def summary(record: RunRecord, quality: float, accuracy: float, epochs: int) -> Summary:
    """The run's summary with other numbers."""
    result = PhaseResult(epochs, epochs * 500, 3600.0, 120000, {"loss": 2.3 / (1 + epochs) ** 0.5 + quality})
    retrain = replace(result, best_epoch=epochs, validation={METRIC: accuracy})
    assert record.summary.evaluation is not None
    evaluation = replace(record.summary.evaluation, metrics={METRIC: accuracy - 1})
    return replace(record.summary, search=result, retrain=retrain, evaluation=evaluation)


def drawn(values: Any, dice: random.Random) -> Any:
    """Architecture parameters of the same shape, drawn anew."""
    if isinstance(values, Mapping):
        return {name: drawn(value, dice) for name, value in values.items()}
    return [drawn(value, dice) for value in values] if isinstance(values, list | tuple) else dice.gauss(0, 1)


def measure(out: Path) -> None:
    """Prints sizes and times."""
    files = [path for path in out.rglob("*") if path.is_file()]
    runs = sum(path.name == "manifest.json" for path in files)
    print(f"{this_processor().name}; {runs:,} runs")
    for names in (("manifest.json", "resolved.sdhs"), ("metrics.jsonl",), ("summary.json", "genotype.sdhs"), ()):
        chosen = [path for path in files if not names or path.name in names]
        size = sum(path.stat().st_size for path in chosen)
        print(f"{' and '.join(names) or 'all files'}: {len(chosen) / runs:.1f} files, {size / runs:,.0f} bytes a run")
    for command in COMMANDS:
        written = out.with_suffix(".html")
        words = [*command, str(out), *(["-o", str(written)] if command == ("report",) else [])]
        cold, *warm = [timed(words, files if dropped else ()) for dropped in (True, False, False, False)]
        size = written.stat().st_size if command == ("report",) else cold.printed
        later = ", ".join(f"{t.seconds:.2f}" for t in warm)
        computed = min(t.computed for t in warm)
        print(f"{' '.join(command)}: {cold.seconds:.2f} s from the disk, then {later} s; ", end="")
        print(f"{computed:.2f} s of a core; {size:,} bytes")


@dataclass(frozen=True)
class Timed:
    """Seconds of a command, seconds that it computed, and bytes that it printed."""

    seconds: float
    computed: float
    printed: int


def timed(words: Sequence[str], dropped: Iterable[Path]) -> Timed:
    """Runs a command after files were dropped from memory."""
    for path in dropped:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "spikegraph", *words], capture_output=True, check=True)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timed(seconds, computed, len(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
