"""Latency, throughput and memory of `spikegraph stream`: `python tools/latency.py RUN... [--seconds N] [--rate N] [--live]`.

Streams random events of as many microseconds as asked for through each run, without --live as fast as the network takes them
from a pipe, with --live as slowly as a camera sends them, a packet each millisecond. Prints a row of a Markdown table for each.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from spikegraph.base.processor import this_processor
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.program.program import Program
from spikegraph.streaming.pipes import RECORD
from spikegraph.streaming.plan import events_of

PACKET_US = 1000
"""Length of a packet in microseconds."""

COLUMNS = (
    "network",
    "step, ms",
    "events/s sent",
    "steps",
    "events/s",
    "times real time",
    "latency, ms: median",
    "99 %",
    "largest",
    "MB",
)


def sensor_of(run: Path) -> tuple[str, tuple[int, int], int, float | None]:
    """Name of the network, height and width of the sensor, number of cameras, and the step in milliseconds if it follows."""
    program = Program.read(run / "resolved.sdhs")
    assert program.spec.retrain is not None
    dataset = program.spec.datasets[program.spec.retrain.dataset]
    height, width = SOURCES[dataset.source].shape[1:]
    size = (260, 346) if height is None or width is None else (height, width)
    events = events_of(dataset)
    known = events.by == "time" and events.duration is not None
    return program.spec.retrain.network, size, events.cameras, None if known else 50.0


def packets(size: tuple[int, int], cameras: int, seconds: float, rate: float, seed: int):
    """Packets of a millisecond each, as bytes; the numbers of events are those of a Poisson process."""
    random = np.random.default_rng(seed)
    for k in range(round(seconds * 1e6 / PACKET_US)):
        count = random.poisson(rate * PACKET_US / 1e6)
        made = np.zeros(count, RECORD)
        made["t"] = np.sort(random.integers(0, PACKET_US, count)) + k * PACKET_US
        made["y"], made["x"] = (random.integers(0, n, count) for n in size)
        made["p"], made["camera"] = random.integers(0, 2, count), random.integers(0, cameras, count)
        yield made.tobytes()


def measured(run: Path, seconds: float, rate: float, live: bool, seed: int) -> str:
    """The row of a run."""
    name, size, cameras, step = sensor_of(run)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "results")
        words = ["stream", str(run), "-", "-o", str(out), "--format", "binary", "--sensor", f"{size[0]}x{size[1]}"]
        words += [] if step is None else ["--step", f"{step:g}ms"]
        child = subprocess.Popen([sys.executable, "-m", "spikegraph", *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert child.stdin is not None
        if live:
            while not (out / "steps.jsonl").exists():
                time.sleep(0.05)
        begun = time.monotonic()
        for k, packet in enumerate(packets(size, cameras, seconds, rate, seed)):
            ahead = begun + (k + 1) * PACKET_US / 1e6 - time.monotonic() if live else 0.0
            if ahead > 0:
                time.sleep(ahead)
            child.stdin.write(packet)
            if live:
                child.stdin.flush()
        child.stdin.close()
        _, status, used = os.wait4(child.pid, 0)
        if os.waitstatus_to_exitcode(status):
            raise SystemExit(f"{run}: the command ended with {os.waitstatus_to_exitcode(status)}")
        found = json.loads((out / "summary.json").read_text())
        size_of = (out / "results.h5").stat().st_size
    late = found["latency_ms"]
    milliseconds = 1e3 * found["covered_seconds"] / found["steps"]
    print(f"{run}: {size_of / 1e6:.1f} MB of results, {found['seconds']:.1f} s", file=sys.stderr)
    cells = [
        name,
        f"{milliseconds:.1f}",
        f"{rate:,.0f}",
        f"{found['steps']:,}",
        f"{found['events_per_second']:,.0f}",
        f"{found['times_real_time']:.2f}",
        *(f"{late[key]:.1f}" for key in ("median", "99", "largest")),
        f"{used.ru_maxrss / 1024:,.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the stream")
    parser.add_argument("--rate", type=float, default=100_000.0, help="events in a second")
    parser.add_argument("--live", action="store_true", help="send events as slowly as a camera")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{this_processor().name}, {os.cpu_count()} cores\n")
    print(f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}")
    for run in given.runs:
        print(measured(run, given.seconds, given.rate, given.live, given.seed), flush=True)


if __name__ == "__main__":
    main()
