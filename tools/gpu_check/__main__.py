"""Checks what runs on GPUs: `tools/gpu-check [-o FOLDER]`, for whoever has one; `tools/gpu-check --offline` needs none.

On a machine with a GPU it first starts one small kernel, then runs the tests of kernels there, then times norms and neurons,
and a network, beside SpikingJelly, snnTorch and norse (`pip install -e ".[dev,cuda]"`) and the least that its memory allows.
Its files are up to date behind each step, so it may be stopped at any time: `gpu-check.md` and `gpu-check.json`, with what
failed, and `tests.txt`, what pytest printed. The tests are stopped after 40 minutes, and each thing that is timed after five;
most of it is the time of compilers, whose kernels a second run finds in the cache. The status is 1 if something failed.

With `--offline` it compiles kernels and says what they need; with `--record` that table is written into `docs/speed.md`. With
`--all` it goes on where it was stopped: what kernels need is kept in `tools/gpu_check/kernels.jsonl`.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_check import campaign, measure, offline, report, times

from spikegraph.backends.torch.triton import library

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
BEGIN, END = "<!-- written by tools/gpu_check -->\n", "<!-- end -->\n"


def main(arguments: list[str]) -> int:
    """Checks a GPU, or compiles for one."""
    parser = ArgumentParser(prog="tools/gpu-check", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("tests", "times"), help="one part of the check")
    parser.add_argument("--offline", action="store_true", help="compile kernels for GPUs that aren't there")
    parser.add_argument(
        "--all", action="store_true", help="with --offline: every model, for 4 to 32 time steps; takes two hours"
    )
    parser.add_argument("--record", action="store_true", help="with --offline: write the table into docs/speed.md")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="where to run; cpu only tries this program")
    parser.add_argument("--images", type=int, help=f"samples of a step of SEW-ResNet-18 (default {times.Sizes.images})")
    parser.add_argument("--small", action="store_true", help="small tensors, whose times say nothing")
    parser.add_argument("-o", "--out", type=Path, default=Path("gpu-check"), help="the folder of the files (default gpu-check)")
    given = parser.parse_args(arguments)
    if given.all and given.record:
        parser.error("--record writes the table of usual models, without --all")
    if given.offline:
        return _all() if given.all else _usual(record=given.record)
    sizes = times.SMALL if given.small else times.Sizes()
    if given.images is not None:
        sizes = replace(sizes, images=given.images)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _refused(f"the folder {given.out} can't be made: {error.strerror}", "`-o FOLDER` names another one")
    if given.device == "cuda" and (why := _missing(sizes)) is not None:
        return _refused(*why)
    return _checked(given.out, given.device, sizes, given.only)


def _refused(why: str, help: str) -> int:
    print(f"error: {why}\nhelp: {help}", file=sys.stderr)
    return 1


def _missing(sizes: times.Sizes) -> tuple[str, str] | None:
    """Why nothing can be checked here, and what helps."""
    if not torch.cuda.is_available():
        built = "" if torch.version.cuda else ": it is built without CUDA"
        return f"PyTorch finds no GPU here{built}", "`--offline` compiles kernels without one"
    if not library.installed():
        return "Triton is missing", 'install it with `pip install -e ".[dev,cuda]"`'
    own = torch.cuda.get_device_capability()
    if own < library.CAPABILITY:
        return f"Triton needs compute capability 8.0, and this GPU has {own[0]}.{own[1]}", "use a newer one"
    print("a small kernel, as a trial ...", flush=True)
    why = measure.trial("cuda", sizes)
    if why is None:
        return None
    return (
        f"a small kernel doesn't run: {why}",
        "Triton needs a C compiler and the headers of Python, such as Debian's packages gcc and python3-dev",
    )


def _checked(folder: Path, device: str, sizes: times.Sizes, only: str | None) -> int:
    """Checks, and writes the files behind each step."""
    check = report.Check(report.versions())
    report.write(folder, check)
    if device == "cuda" and only != "times":
        print("the tests of kernels; in the first minutes, while these are compiled, little is shown ...", flush=True)
        check.tests = report.tested(folder / "tests.txt")
        report.write(folder, check)
    if only != "tests":
        check.bandwidth = measure.bandwidth(device, sizes)
        for name, row in measure.rows(sizes).items():
            check.rows.append(row)
            print(f"{row.title} ...", flush=True)
            for said in measure.fill(name, row, device, sizes):
                print(f"  {said}", flush=True)
                report.write(folder, check)
    check.complete = True
    report.write(folder, check)
    print((folder / "gpu-check.md").read_text(encoding="utf-8"))
    return int(bool(check.tests.status) or any({measure.LEAST, *times.OURS}.intersection(row.failed) for row in check.rows))


def _all() -> int:
    kept = campaign.Campaign.read()
    for line in offline.table(offline.every(), kept.compiled):
        print(line, end="", flush=True)
    kept.write()
    spilled = {kernel: found for kernel, (_, found) in kept.found.items() if found.spills}
    said = (f"{kernel}: {found.spills} bytes, with {found.registers} registers" for kernel, found in spilled.items())
    print("\n".join((f"{len(kept.found)} kernels, of which {len(spilled)} spill registers", *said)))
    return int(any(found.full for found in spilled.values()))


def _usual(*, record: bool) -> int:
    lines = list[str]()
    for line in offline.table(offline.usual()):
        print(line, end="", flush=True)
        lines.append(line)
    if record:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(before + BEGIN + "".join(lines) + END + rest.split(END, maxsplit=1)[1], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
