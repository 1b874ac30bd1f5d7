"""Compare searched and random architectures: `python tools/search_value.py -o FOLDER [--seeds 0-4] [--json FILE]`.

For each seed, retrains three architectures of one spec in the same way: the searched one; a random one with uniformly drawn
edges and candidates; and the searched edges with the candidate that the search ranked worst on each. Skips complete runs in
FOLDER and resumes incomplete ones. Prints mean and standard deviation of each metric over the seeds.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spikegraph.backends.torch.main import train_program
from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.resolve import resolve
from spikegraph.dsl.spec import Genotype, Term
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.genotype.searched import NOWHERE, cells_of
from spikegraph.ir.cellspec import CellSpec
from spikegraph.program import Program
from spikegraph.progress import reporter
from spikegraph.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run

SPECS = Path(__file__).parents[1] / "specs"

Row = Mapping[str, float]


def main() -> int:
    """Train the missing runs and print the table."""
    parser = argparse.ArgumentParser(prog="tools/search_value.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--spec", type=Path, default=SPECS / "cifar10.sdhs", help="a spec with a search and without a trellis")
    parser.add_argument("--profile", default="sample")
    parser.add_argument("--data", type=Path, help="data folder; built-in data sets need none")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", default="0-4", help="first and last seed")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="set a value in every run")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    found: dict[str, list[Row]] = {}

    def run(name: str, seed: int, genotype: Path | None) -> RunFolder:
        program = Program.read(options.spec, genotype=genotype, profile=options.profile, overrides=options.set)
        settings = Settings(seed, options.device, resume=True, command=tuple(sys.argv), reporter=reporter())
        folder, summary = train_program(program, settings, data=options.data, out=options.out / f"{name}-{seed}")
        assert summary.evaluation is not None
        found.setdefault(name, []).append({"seed": seed, **summary.evaluation.metrics})
        return RunFolder(folder)

    for seed in range(int(first), int(last or first) + 1):
        searched = run("searched", seed, None)
        for name, text in (("random", random_text(searched, seed)), ("worst ranked", worst_text(searched))):
            path = options.out / f"{name}-{seed}.sdhs"
            path.write_text(text, encoding="utf-8")
            run(name, seed, path)
    print(markdown(found))
    if options.json is not None:
        text = json.dumps({"format_version": 1, "architectures": found}, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def cells(folder: RunFolder) -> dict[str, CellSpec]:
    """A run's searched cells by name."""
    return cells_of(Program.read(folder.resolved).build("search").space)


def random_text(folder: RunFolder, seed: int) -> str:
    """A genotype file with uniformly drawn edges and candidates."""
    random = np.random.default_rng([seed, 0x5EED])
    return format_genotypes([random_genotype(cell, random) for cell in cells(folder).values()], [], f"Random, seed {seed}.")


def random_genotype(cell: CellSpec, random: np.random.Generator) -> Genotype:
    """A random genotype: for each node, as many distinct edges as decoding keeps, each with a random candidate."""
    names = [c.name for c in cell.candidates]
    nodes: dict[str, tuple[Term, ...]] = {}
    for node, sources in cell.edges:
        kept = sorted(random.permutation(len(sources))[: cell.keep])
        nodes[node] = tuple(Term(names[random.integers(len(names))], sources[k], NOWHERE) for k in kept)
    return Genotype(cell.name, nodes, NOWHERE)


def worst_text(folder: RunFolder) -> str:
    """A genotype file with the searched edges, each with the candidate of smallest alpha at the end of the search."""
    alpha = read_run(folder.path).search_epochs[-1].alpha
    chosen = resolve(folder.genotype).spec.genotypes
    genotypes = [worst(cell, alpha[name], chosen[name]) for name, cell in cells(folder).items()]
    return format_genotypes(genotypes, [], "The searched edges with their worst-ranked candidates.")


def worst(cell: CellSpec, alpha: Matrix, chosen: Genotype) -> Genotype:
    """A cell's genotype with the candidate of smallest alpha on each edge; of equal ones, the first."""
    names, rows = [c.name for c in cell.candidates], cell.edge_list()

    def least(node: str, source: str) -> str:
        row = alpha[rows.index((node, source))]
        return names[row.index(min(row))]

    nodes = {node: tuple(Term(least(node, t.source), t.source, NOWHERE) for t in terms) for node, terms in chosen.nodes.items()}
    return Genotype(cell.name, nodes, NOWHERE)


def markdown(found: Mapping[str, Sequence[Row]]) -> str:
    """The table: mean and standard deviation over the seeds, and the value of each seed."""
    metrics = [name for name in next(iter(found.values()))[0] if name != "seed"]
    lines = ["| architecture | " + " | ".join(f"{m}, mean ± sd | {m} by seed" for m in metrics) + " |"]
    lines.append("| --- |" + " ---: | --- |" * len(metrics))
    for name, rows in found.items():
        parts: list[str] = []
        for metric in metrics:
            values = [row[metric] for row in rows]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            parts += [f"{statistics.fmean(values):.2f} ± {spread:.2f}", ", ".join(f"{v:.4g}" for v in values)]
        lines.append(f"| {name} | " + " | ".join(parts) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
