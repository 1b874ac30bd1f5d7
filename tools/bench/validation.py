"""What validation costs: `python tools/bench/validation.py [SPEC...] [--pairs N] [--record]`.

Seconds of the processor for `check`, `load_run` and `export --to safetensors` of each bundled spec, with a genotype at random
where it needs one, and initial weights: with and without the comparison of folded networks with the trained ones, in turn.
`check` compares nothing unless it is told to; the column beside it is `check --validate`. `--record` writes each line into
the table of docs/trust.md as soon as it is measured, so an interrupted call goes on with the specs that are named.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import torch
from from_campaigns import decoded, run_folder

from spikegraph.api.validation import validate
from spikegraph.backends.torch import trained
from spikegraph.backends.torch.exporting.files import export_safetensors
from spikegraph.base.processor import this_processor
from spikegraph.plugins.targets import load_run
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
PAGE = ROOT / "docs" / "trust.md"
HEAD = ("spec", "check", "check --validate", "load_run without", "load_run", "export without", "export")
BEGIN, END = "<!-- begin: validation -->\n", "<!-- end: validation -->"


def seconds(does: Callable[[], object], count: int) -> float:
    """The median seconds of the processor."""
    found: list[float] = []
    for _ in range(count):
        begun = time.process_time()
        does()
        found.append(time.process_time() - begun)
    return statistics.median(found)


def unchecked(does: Callable[[], object]) -> Callable[[], object]:
    """The same without a comparison of folded networks."""

    def run() -> object:
        with mock.patch.object(trained, "validate_folded", lambda *_: None):
            return does()

    return run


def row(path: Path, folder: Path, count: int) -> list[float]:
    """Seconds of `check`, `check --validate`, and of `load_run` and `export` without and with the comparison."""
    program = Program.read(path).checked()
    bound = decoded(program, program.build("search"), Random(0))
    torch.manual_seed(0)
    folder.mkdir(exist_ok=True)
    run = run_folder(folder / path.stem, bound.text, genotype=bound.genotype_text)

    def export() -> Any:
        return export_safetensors(run, folder / "net.safetensors")

    def load() -> Any:
        return load_run(run)

    checks = [lambda: Program.read(path).check(), lambda: validate(bound, phase="deploy")]
    return [seconds(each, count) for each in (*checks, unchecked(load), load, unchecked(export), export)]


def specs() -> list[Path]:
    """The bundled specs that have a network."""
    return [p for p in sorted(SPECS.rglob("*.sdhs")) if "\nnetwork " in p.read_text(encoding="utf-8")]


def recorded(page: str) -> dict[str, str]:
    """The lines of the table in the page by spec."""
    _, begin, rest = page.partition(BEGIN)
    table, end, _ = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} has no lines {BEGIN.strip()} and {END}")
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return {line.split("|")[1].strip(): line for line in lines}


def record(name: str, line: str) -> None:
    """Writes the line of a spec into the table of the page, in place of an older one."""
    page = PAGE.read_text(encoding="utf-8")
    lines = {**recorded(page), name: line}
    rows = [f"| {' | '.join(HEAD)} |", f"|---|{'---:|' * (len(HEAD) - 1)}", *(lines[name] for name in sorted(lines))]
    table = f"On {this_processor().name}, one thread, seconds:\n\n" + "\n".join(rows) + "\n"
    before, begin, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{begin}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> None:
    """Prints a line for each spec, and writes it into the page."""
    parser = argparse.ArgumentParser(prog="tools/bench/validation.py", description="What validation costs.")
    parser.add_argument("specs", nargs="*", help="names such as zoo/resnet20 (default all)")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument("--record", action="store_true", help="write each line into the table of docs/trust.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        row(SPECS / "zoo" / "cifarnet.sdhs", Path(folder) / "first", 1)  # imports
        for path in [SPECS / f"{name}.sdhs" for name in options.specs] or specs():
            found = row(path, Path(folder) / "run", options.pairs)
            name = path.relative_to(SPECS).with_suffix("").as_posix()
            line = f"| {name} | {' | '.join(f'{s:.2f}' for s in found)} |"
            print(line, flush=True)
            if options.record:
                record(name, line)


if __name__ == "__main__":
    main()
