"""Compare fixed and searched surrogates: `python tools/dgs_table.py -o FOLDER [--at PLACES] [--seeds 0-2] [--json FILE]`.

Trains variants of one spec with the same number of steps: from b = 3 and from b = 8, with and without the search. Skips
complete runs in FOLDER and resumes incomplete ones. Prints mean and standard deviation over the seeds of each metric and of
the training loss in the last four epochs, and for each seed the final temperature, a mean over the searched neurons. The
temperatures of each neuron are in FILE.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spikegraph.backends.torch.main import train_program
from spikegraph.base.progress import reporter
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run

SPECS = Path(__file__).parents[1] / "specs"
LOSS = "training_loss"
LAST = 4
"""The training loss is a mean over so many epochs, the last ones."""

NEVER = "retrain.dgs.every=1000000"
"""No search: the neurons remain instrumented, so that the journal also has their gradient norms."""


@dataclass(frozen=True)
class Variant:
    """One row of the table.

    Attributes:
        name: Name, used for the run's folder.
        overrides: Changes to the spec, as `--set`.
    """

    name: str
    overrides: tuple[str, ...]


def variants(neuron: str, surrogate: str, every: int, iterations: int, starts: Sequence[int]) -> list[Variant]:
    """Two variants per start. A search from b = 8 starts at the spec's upper bound, by default 6, unless `--set` raises it."""
    rounds = (f"retrain.dgs.every={every}", f"retrain.dgs.iterations={iterations}")
    return [
        Variant(f"{word}-b{b}", (f"{neuron}.surrogate={surrogate}(b = {b})", *search))
        for b in starts
        for word, search in (("fixed", (NEVER,)), ("dgs", rounds))
    ]


def main() -> int:
    """Train the missing runs and print the table."""
    parser = argparse.ArgumentParser(prog="tools/dgs_table.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", type=Path, default=SPECS / "stereo.sdhs")
    parser.add_argument("--genotype", type=Path, default=SPECS / "genotypes" / "stereo.sdhs")
    parser.add_argument("--profile", default="sample")
    parser.add_argument("--at", metavar="PLACES", help="places to search instead of the spec's")
    parser.add_argument("--neuron", default="lif", help="neuron of the spec whose surrogate is varied")
    parser.add_argument("--surrogate", default="dspike")
    parser.add_argument("--seeds", default="0-2", help="first and last seed")
    parser.add_argument("--every", type=int, default=1, help="epochs from one round to the next")
    parser.add_argument("--iterations", type=int, default=40, help="batches of a round")
    parser.add_argument("--starts", type=int, nargs="+", default=[3, 8], metavar="B", help="initial temperatures")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="set a value in every run")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    spec = options.spec if options.at is None else with_places(options.spec, options.at, options.out)
    found: dict[str, list[Mapping[str, object]]] = {}
    for variant in variants(options.neuron, options.surrogate, options.every, options.iterations, options.starts):
        for seed in seeds:
            folder = options.out / f"{variant.name}-{seed}"
            overrides = (*options.set, *variant.overrides)
            program = Program.read(spec, genotype=options.genotype, profile=options.profile, overrides=overrides)
            settings = Settings(seed, resume=True, command=tuple(sys.argv), reporter=reporter())
            _, summary = train_program(program, settings, out=folder)
            assert summary.evaluation is not None and summary.retrain is not None
            row = {"seed": seed, "seconds": summary.retrain.seconds, **summary.evaluation.metrics, LOSS: last_loss(folder)}
            found.setdefault(variant.name, []).append({**row, "b": last_temperatures(folder)})
    print(markdown(found))
    if options.json is not None:
        options.json.write_text(json.dumps({"format_version": 1, "variants": found}, indent=2) + "\n", encoding="utf-8")
    return 0


def with_places(spec: Path, places: str, folder: Path) -> Path:
    """Copy the spec and its folder, and replace the places of `dgs at`.

    Raises:
        SystemExit: The spec doesn't have exactly one `dgs`.
    """
    text = spec.read_text(encoding="utf-8")
    changed, count = re.subn(r"(?m)^([ \t]*)dgs at [^{\n]*\{", lambda m: f"{m[1]}dgs at {places} {{", text)
    if count != 1:
        raise SystemExit(f"error: --at needs a spec with exactly one `dgs`; {spec} has {count}")
    shutil.copytree(spec.parent, folder / "specs", dirs_exist_ok=True)  # the spec's imports are relative
    path = folder / "specs" / spec.name
    path.write_text(changed, encoding="utf-8")
    return path


def last_temperatures(folder: Path) -> Mapping[str, float]:
    """The final temperatures of a run by neuron."""
    return [e.temperatures for e in read_run(folder).epochs("retrain") if e.temperatures][-1]


def last_loss(folder: Path) -> float:
    """The mean training loss of the last epochs of a run."""
    return statistics.mean(e.losses["loss"] for e in read_run(folder).epochs("retrain")[-LAST:])


def markdown(found: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """The table, with a row per variant."""
    shown = [k for k in next(iter(found.values()))[0] if k not in ("seed", "b")]
    head = [f"training loss, last {LAST} epochs" if k == LOSS else k for k in shown]
    lines = ["| variant | " + " | ".join(head) + " | mean b at the end |", "|---" * (len(shown) + 2) + "|"]
    for name, rows in found.items():
        cells = [spread([float(str(r[k])) for r in rows]) for k in shown]
        ends = ", ".join(f"{statistics.mean(_temperatures(r).values()):.3g}" for r in rows)
        lines.append(f"| {name} | {' | '.join(cells)} | {ends} |")
    return "\n".join(lines)


def spread(values: Sequence[float]) -> str:
    """Mean and sample standard deviation as `1.23 ± 0.05`; a single value without deviation."""
    mean = f"{statistics.mean(values):.4g}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.2g}"


def _temperatures(row: Mapping[str, object]) -> Mapping[str, float]:
    found = row["b"]
    assert isinstance(found, Mapping)
    return found


if __name__ == "__main__":
    sys.exit(main())
