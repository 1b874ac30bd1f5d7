"""What safety costs, as medians of alternating runs: `python tools/bench/costs.py [NAME...] [--pairs N]`.

`divergence` compares training steps of the CIFAR network with and without the check of each loss, on one thread;
`deterministic` steps of both main specs' samples on one thread and on two, while nothing else should run; and `reading` HDF5
that is unpacked here with h5py's own reading. The times are the processor's, but for `deterministic`.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import torch
from cifar import images, network

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.backends.torch.train.step import Check, step
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.processor import this_processor
from spikegraph.data.chunks import Rows
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program

Timed = Callable[[], object]


def pairs(one: Timed, other: Timed, count: int, clock: Callable[[], float] = time.process_time) -> tuple[float, float]:
    """The median seconds of both, run alternately after a run of each that isn't counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(count + 1):
        for run, found in zip((one, other), times, strict=True):
            begun = clock()
            run()
            if turn:
                found.append(clock() - begun)
    return statistics.median(times[0]), statistics.median(times[1])


def divergence(count: int) -> None:
    """A step with and without the check of its loss, and the check alone."""
    torch.set_num_threads(1)
    built, batch = network(), images()
    run = built.run
    assert run is not None
    model = lower(built.graph).train()
    losses, optimizer = Losses(model.graph, run.loss), optimizer_for(run.weights, model.weights())
    log = SimpleNamespace(position=SimpleNamespace(first=1.0))

    def check(loss: torch.Tensor, batch: Batch) -> None:
        PhaseLog.check(log, loss, batch)  # type: ignore[arg-type]

    def one(check: Check | None) -> object:
        return step(model, losses, optimizer, [batch], None, check)

    with_it, without = pairs(lambda: one(check), lambda: one(None), count)
    loss = torch.tensor(2.5)
    begun = time.process_time()
    for _ in range(10_000):
        check(loss, batch)
    alone = (time.process_time() - begun) / 10_000
    share = f"{with_it / without - 1:+.2%}"
    print(f"divergence: {with_it:.4f} s with, {without:.4f} s without ({share}); the check alone {alone * 1e6:.1f} us")


def sample_step(name: str) -> Timed:
    """A retraining step of a main spec's profile `sample`, on its own data."""
    program = Program.read(f"builtin:{name}", genotype=f"builtin:genotypes/{name}", profile="sample").checked()
    run = program.spec.retrain
    assert run is not None
    samples = data_sets(program.spec.datasets[run.dataset], None, 0).train
    model = lower(program.build("retrain").graph).train()
    losses, optimizer = Losses(model.graph, run.loss), optimizer_for(run.weights, model.weights())
    group = next(PhaseBatches(run, samples, range(len(samples)), 0, torch.device("cpu")).weights(0))
    return lambda: step(model, losses, optimizer, group, run.clip)


def deterministic(count: int) -> None:
    """A step on one thread, as with `--deterministic`, and on two."""
    for name in ("stereo", "cifar10"):
        run = sample_step(name)

        def on(threads: int, run: Timed = run) -> None:
            torch.set_num_threads(threads)
            run()

        one, two = pairs(lambda on=on: on(1), lambda on=on: on(2), count, time.perf_counter)
        print(f"deterministic, {name}: {one:.3f} s on one thread, {two:.3f} s on two ({one / two:.2f} times as long)")


def reading(count: int) -> None:
    """Tables of events as `--data` has them, packed with gzip in the chunks that h5py chooses."""
    random = np.random.default_rng(0)
    rows, piece = 1_000_000, 100_000
    table = np.empty((rows, 4))
    table[:, 0], table[:, 1] = random.integers(346, size=rows), random.integers(260, size=rows)
    table[:, 2], table[:, 3] = 1.5e9 + np.sort(random.uniform(0, 20, rows)), random.integers(2, size=rows) * 2 - 1
    for filters in ((), ("shuffle",), ("shuffle", "fletcher32")):
        packed: dict[str, Any] = dict.fromkeys(filters, True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "events.hdf5")
            with h5py.File(path, "w") as file:
                file.create_dataset("events", data=table, compression="gzip", **packed)
            with h5py.File(path) as file:
                found = file["events"]

                def ours(found: h5py.Dataset = found, path: Path = path) -> None:
                    read = Rows(found, path)
                    for first in range(0, rows, piece):
                        read(first, first + piece)

                def theirs(found: h5py.Dataset = found) -> None:
                    for first in range(0, rows, piece):
                        found[first : first + piece]

                own, other = (table.nbytes / 1e6 / seconds for seconds in pairs(ours, theirs, count))
        print(
            f"reading, {', '.join(('gzip', *packed))}: {own:.0f} MB/s, h5py {other:.0f} MB/s ({other / own:.2f} times as fast)"
        )


MEASURED = {"divergence": divergence, "deterministic": deterministic, "reading": reading}


def main() -> None:
    """Measures what is named, or all."""
    parser = argparse.ArgumentParser(prog="tools/bench/costs.py", description="What safety costs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURED)} (default: all)")
    parser.add_argument("--pairs", type=int, default=15, help="number of pairs (default 15)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(MEASURED):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}; there are {', '.join(MEASURED)}")
    keep_buffers()
    torch.manual_seed(0)
    print(f"on {this_processor().name}, {torch.get_num_threads()} threads")
    for name in options.names or MEASURED:
        MEASURED[name](options.pairs)


if __name__ == "__main__":
    main()
