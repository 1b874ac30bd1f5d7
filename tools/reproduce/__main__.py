"""Reproduce a table of the paper: `python tools/reproduce table1|table4|table8 --data DIR [-o RUNS] [--dry-run]`.

For each row it prints what the training will need of a card, trains it, and in the end the table beside the paper's. DIR has a
folder for each data set: `cifar10`, `cifar100`, `imagenet`, `mvsec`; rows whose folder isn't there are left out, with a notice.
A run that is finished isn't repeated, one that was interrupted goes on; one of another seed or other data is refused. A row
that fails is named, and the others are trained.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rows import METRICS, SIZES_4, TABLES, Row, row_of

from spikegraph.analysis.devices import DEVICES
from spikegraph.backends.torch.forecast.phases import Forecast
from spikegraph.base.errors import RunFolderError
from spikegraph.base.memory import shown
from spikegraph.cli.plan_text import seconds_text
from spikegraph.program.program import Program
from spikegraph.runs.folder import RunFolder

ROOT = Path(__file__).parents[2]
NOTHING = "-"


def command(row: Row, data: Path, runs: Path, seed: int) -> list[str]:
    """The words behind `spikegraph` that train a row, or go on with its training."""
    run = runs / row.folder
    if (run / "manifest.json").exists():
        return ["compile", "--train", "--out", str(run), "--resume"]
    genotype = row.genotype
    if row.searched is not None:
        genotype = str(searched_genotype(row.searched, runs))
    words = ["compile", row.spec, "--train", "--data", str(data / row.data), "--out", str(run), "--seed", str(seed)]
    words += [] if genotype is None else ["--genotype", genotype]
    return words + [word for change in row.changes for word in ("--set", change)]


def searched_genotype(name: str, runs: Path) -> Path:
    """The genotype that the search of a row finds."""
    return RunFolder(runs / row_of(name).folder).genotype


def refused(rows: Sequence[Row], data: Path, runs: Path, seed: int) -> str | None:
    """Why rows can't be trained there: a run of another seed or other data, or a missing genotype; None if they can."""
    names = [row.name for row in rows]
    for row in rows:
        run, folder = RunFolder(runs / row.folder), data / row.data
        if run.manifest.exists():
            try:
                manifest = run.read_manifest()
            except RunFolderError as error:
                return str(error)
            if manifest.seed != seed:
                return f"{run.path} has seed {manifest.seed}, not {seed}; choose another folder: -o RUNS"
            if manifest.data_folder is None or Path(manifest.directory, manifest.data_folder).resolve() != folder.resolve():
                return f"{run.path} has the data {manifest.data_folder}, not {folder}; choose another folder: -o RUNS"
        elif row.searched not in (None, *names) and not searched_genotype(row.searched, runs).exists():
            return f"`{row.name}` needs the genotype of `{row.searched}`, which {runs} doesn't have: --row {row.searched!r}"
    return None


def plan(row: Row, card: str) -> str:
    """What a row needs of a card, in a line."""
    program = Program.read(ROOT / row.spec, genotype=_path(row.genotype), overrides=row.changes)
    forecast, retrain = Forecast(program, DEVICES[card]), program.spec.retrain
    rounds = retrain is not None and any(search.every <= retrain.epochs for search in retrain.dgs)
    searches = row.genotype is None and row.searched is None
    parts: list[str] = []
    for phase in (forecast.search if searches else None, forecast.retrain):
        if phase is not None:
            hours = "? hours" if phase.hours is None else f"{phase.hours:.3g} hours"
            step = "?" if phase.seconds is None else seconds_text(phase.seconds)
            hours += " without its searches of surrogates" if rounds and phase.phase == "retrain" else ""
            parts.append(f"{phase.phase} {hours}, {shown(phase.memory)}, {step} a step")
    return f"{row.name}: {'; '.join(parts)} on {card}"


def _path(name: str | None) -> Path | None:
    return None if name is None else ROOT / name


def measured(run: Path) -> Mapping[str, float]:
    """The metrics of a run on its test set; none before its evaluation."""
    evaluation = RunFolder(run).read_summary().evaluation
    return {} if evaluation is None else evaluation.metrics


def table(rows: Sequence[Row], runs: Path) -> str:
    """The rows beside the paper's, in Markdown."""
    names = list(rows[0].paper)
    head = ["row", *(cell for name in names for cell in (METRICS[name], "paper"))]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        ours = measured(runs / row.folder)
        cells = [(f"{ours[name]:.2f}" if name in ours else NOTHING, row.paper[name]) for name in names]
        lines.append([row.name, *(cell for pair in cells for cell in pair)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def sizes() -> str:
    """The feature maps of Table 4 beside those of the spec, in Markdown."""
    outline = Program.read(ROOT / "specs" / "cifar10-n4.sdhs").space("retrain")
    lines = ["| layer | feature map | paper |\n| --- | --- | --- |\n"]
    for name, paper in SIZES_4:
        lines.append(f"| {name} | {' x '.join(map(str, outline.node(name).value.shape))} | {paper} |\n")
    return "".join(lines)


def main() -> int:
    """Plans, trains and compares."""
    parser = argparse.ArgumentParser(prog="tools/reproduce", description="Reproduces a table of Che et al., NeurIPS 2022.")
    parser.add_argument("table", choices=tuple(TABLES))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with a folder for each data set")
    parser.add_argument("-o", "--out", type=Path, metavar="RUNS", help="folder of the runs (default: runs/TABLE-SEED)")
    parser.add_argument("--row", action="append", metavar="NAME", help="only this row; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--card", default="h100", choices=tuple(DEVICES), help="the device of the plan (default: h100)")
    parser.add_argument("--dry-run", action="store_true", help="print plan, commands and table, and train nothing")
    options = parser.parse_args()
    data, runs = options.data.resolve(), (options.out or ROOT / "runs" / f"{options.table}-{options.seed}").resolve()
    names = [row.name for row in TABLES[options.table]]
    unknown = [name for name in options.row or () if name not in names]
    if unknown:
        parser.error(f"there is no row `{unknown[0]}`; there are {'; '.join(names)}")
    rows = [row for row in TABLES[options.table] if options.row is None or row.name in options.row]
    there = [row for row in rows if options.dry_run or (data / row.data).is_dir()]
    if why := refused(there, data, runs, options.seed):
        parser.error(why)
    for row in rows:
        if row not in there:
            print(f"left out: {row.name}, since there is no folder {data / row.data}", file=sys.stderr)
    for row in there:
        print(plan(row, options.card), flush=True)
    failed = list[str]()
    for row in there:
        if row.searched is not None and row.searched in failed:
            failed.append(row.name)
            print(f"left out: {row.name}, since it needs the genotype of {row.searched}", file=sys.stderr)
            continue
        words = command(row, data, runs, options.seed)
        print(f"$ spikegraph {shlex.join(words)}", flush=True)
        status = 0 if options.dry_run else subprocess.call([sys.executable, "-m", "spikegraph", *words], cwd=ROOT)
        if status:
            failed.append(row.name)
            print(f"failed: {row.name}, with status {status}", file=sys.stderr)
    print(f"\n{sizes()}" if options.table == "table4" else "")
    print(table(rows, runs), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
