"""Checks what runs on GPUs: `tools/gpu-check [-o FOLDER]`, for whoever has one; `tools/gpu-check --offline` needs none.

On a machine with a GPU it runs the tests of Triton's kernels there, times them beside SpikingJelly, snnTorch and norse
(`pip install -e ".[bench,cuda]"`) and the least that its memory allows, and writes `gpu-check.md` and `gpu-check.json`, with
what failed; then its status is 1. With
`--offline` it compiles kernels and says what they need; with `--record` that table is written into `docs/speed.md`.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_check import networks, offline, report, times

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
BEGIN, END = "<!-- written by tools/gpu_check -->\n", "<!-- end -->\n"


def main(arguments: list[str]) -> int:
    """Checks a GPU, or compiles for one."""
    parser = ArgumentParser(prog="tools/gpu-check", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--offline", action="store_true", help="compile kernels for GPUs that aren't there")
    parser.add_argument("--all", action="store_true", help="with --offline: every model, for 4 to 32 time steps; takes an hour")
    parser.add_argument("--record", action="store_true", help="with --offline: write the table into docs/speed.md")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="where to run; cpu only tries this program")
    parser.add_argument("--images", type=int, help=f"samples of a step of SEW-ResNet-18 (default {times.Sizes.images})")
    parser.add_argument("--small", action="store_true", help="small tensors, whose times say nothing")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("gpu-check"), help="the folder of both files (default gpu-check)"
    )
    given = parser.parse_args(arguments)
    if given.all and given.record:
        parser.error("--record writes the table of usual models, without --all")
    if given.offline:
        return _offline(offline.every() if given.all else offline.usual(), record=given.record)
    if given.device == "cuda" and not torch.cuda.is_available():
        print("error: PyTorch finds no GPU here\nhelp: `--offline` compiles kernels without one", file=sys.stderr)
        return 1
    sizes = times.SMALL if given.small else times.Sizes()
    if given.images is not None:
        sizes = replace(sizes, images=given.images)
    tests = report.tested() if given.device == "cuda" else report.Tests()
    rows = [*(times.neuron(given.device, sizes, last=last) for last in (True, False)), networks.network(given.device, sizes)]
    report.write(given.out, report.versions(), tests, times.bandwidth(given.device, sizes), rows)
    print((given.out / "gpu-check.md").read_text(encoding="utf-8"))
    return bool(tests.status)


def _offline(cases: Iterable[offline.Case], *, record: bool) -> int:
    lines = list[str]()
    for line in offline.table(cases):
        print(line, end="", flush=True)
        lines.append(line)
    if record:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(before + BEGIN + "".join(lines) + END + rest.split(END, maxsplit=1)[1], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
