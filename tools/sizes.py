"""Specs far larger than a real one: `python tools/sizes.py [--record]` checks each, and prints time, memory and output.

Each ends with a message, or with success if it is within the limits (`dsl/limits.py`, `spikegraph/ir/limits.py`). `--record`
writes the table into `docs/trust.md`.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.processor import this_processor

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "trust.md"
BEGIN, END = "<!-- begin: sizes -->\n", "<!-- end: sizes -->"

CELL = """neuron lif {}
candidates ops {
  c3 = conv(3) -> norm -> lif
  skip = identity
}
cell small { nodes = 3  candidates = ops  neuron = lif }
"""


def net(body: str) -> str:
    """A network with this dataflow."""
    return f"sdhs 1\n{CELL}network net {{\n  input x : real[3, 8, 8]\n  time = 2\n{body}\n}}\n"


def lines(parts: Iterable[str], join: str) -> str:
    """The parts, joined, with a line end after every tenth: a line has a limit too."""
    return join.join(f"\n{part}" if k % 10 == 0 else part for k, part in enumerate(parts))


def trellis() -> str:
    """A trellis of 64 layers and 8 levels."""
    grid = "trellis grid { cell = small  layers = 64  levels = 8 }\n"
    body = "  a = x -> stem(3, out = 12)\n  output y = a -> grid -> restore(a)"
    return net(body).replace("network", f"{grid}network")


SPECS = {
    "40,000 errors": lambda: "sdhs 1\nneuron lif {\n" + "\n".join(f"  k{i} = 1" for i in range(40_000)) + "\n}\n",
    "a sum of 200,000 terms": lambda: net(f"  output y = {lines(['x'] * 200_000, ' + ')}"),
    "`add` of 200,000 terms": lambda: net(f"  output y = add({lines(['x'] * 200_000, ', ')})"),
    "a file of 100 MB": lambda: "sdhs 1\n" + f"# {'-' * 97}\n" * 1_000_000,
    "a chain of 10,000 cells": lambda: net(f"  output y = x -> chain([{lines(['small'] * 10_000, ', ')}], width = 4) -> pool"),
    "a chain of 1,000 cells": lambda: net(f"  output y = x -> chain([{lines(['small'] * 1000, ', ')}], width = 4) -> pool"),
    "a trellis of 64 layers and 8 levels": trellis,
    "10^12 channels": lambda: net(f"  output y = x -> conv(3, out = {10**12})"),
    "a width of 10^12": lambda: net(f"  output y = x -> chain([small], width = {10**12}) -> pool"),
    "inputs of 10^12 x 10^12": lambda: net("  output y = x -> pool").replace("8, 8", f"{10**12}, {10**12}"),
}
"""The texts of the specs, by what is large in them."""


CHECK = """
import resource, sys
from pathlib import Path
from spikegraph.cli.entry import run
status = run(["check", sys.argv[1]])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
Path("peak").write_text(peak.split()[1])
sys.exit(status)
"""
"""Checks a spec, and writes the most memory that the process had, in KiB. `ru_maxrss` would count this process too."""


@dataclass(frozen=True)
class Measured:
    """How a check ended.

    Attributes:
        name: What is large in the spec.
        seconds: Time of the processor.
        mebibytes: Most memory.
        output: Characters printed.
        status: Exit status.
        said: The first line.
    """

    name: str
    seconds: float
    mebibytes: float
    output: int
    status: int
    said: str


def measure(name: str, folder: Path) -> Measured:
    """Checks a spec in a process of its own."""
    path = folder / "spec.sdhs"
    path.write_text(SPECS[name](), encoding="utf-8")
    command, environment = [sys.executable, "-c", CHECK, path.name], os.environ | {"PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    text, peak = done.stdout + done.stderr, int((folder / "peak").read_text(encoding="utf-8"))
    return Measured(name, seconds, peak / 1024, len(text), done.returncode, text.partition("\n")[0])


def table(found: Iterable[Measured]) -> str:
    """A Markdown table."""
    rows = ["| spec | s | MB | characters printed | status | first line |", "|---|---:|---:|---:|---:|---|"]
    rows += [
        f"| {m.name} | {m.seconds:.1f} | {m.mebibytes:,.0f} | {m.output:,} | {m.status} | {m.said.replace('|', '&#124;')} |"
        for m in found
    ]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measures all specs."""
    parser = argparse.ArgumentParser(prog="tools/sizes.py", description="Checks specs far larger than a real one.")
    parser.add_argument("--record", action="store_true", help="write the table into docs/trust.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = f"On {this_processor().name}:\n\n" + table([measure(name, Path(folder)) for name in SPECS])
    print(text, end="")
    if options.record:
        before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        PAGE.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
