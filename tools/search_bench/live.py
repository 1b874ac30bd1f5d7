"""Live tasks: searches, and random cells, each retrained from two new seeds.

A row is a search (`search`: its seed, `method`) with genotype, cost and minutes, or a retraining (`of`: of what, `genotype`,
`seed`) with its curves. That of a random cell has the `first` seed of its run, which determines the cells.
"""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rows import append, read_rows
from tasks import Task
from training import trained

from spikegraph.backends.torch.main import train_program
from spikegraph.base.progress import reporter
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.trial import read_trial
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.distinct import different
from spikegraph.searches.networks import space_of

Row = Mapping[str, Any]


def run_live(
    task: Task, method: str, seeds: Sequence[int], cells: int, retrainings: Sequence[int], out: Path, part: tuple[int, int]
) -> None:
    """Does what is missing of the searches, the random cells and the retrainings, in this process its part of them."""
    rows = out / "rows.jsonl"
    drawn = random_cells(task, seeds[0], cells)
    jobs = [*(("search", seed) for seed in seeds), *(("random", k) for k in range(len(drawn)))]
    for kind, number in jobs[part[0] :: part[1]]:
        genotype = searched(task, method, number, out) if kind == "search" else drawn[number].text()
        name = {"of": f"{kind}-{number}", "genotype": genotype} | ({} if kind == "search" else {"first": seeds[0]})
        for seed in retrainings:
            if not any(row.items() >= {**name, "seed": seed}.items() for row in read_rows(rows)):
                program = task.program().bind(genotype)
                found = trained(task.program(), Architecture.of(program.spec.genotypes.values()), seed)
                append(rows, {**name, **found})


def random_cells(task: Task, first: int, count: int) -> list[Architecture]:
    """The random cells of a judging run, which are different networks; its first seed determines them."""
    space, random = space_of(task.program()), np.random.default_rng([first, 0xCE11])
    return different(space, lambda: space.draw(random), count)


def searched(task: Task, method: str, seed: int, out: Path) -> str:
    """The genotype of a search, from its row; searches if that isn't there."""
    folder, rows, name = out / folder_name(method, seed), out / "rows.jsonl", {"search": seed, "method": method}
    done = next((row for row in read_rows(rows) if row.items() >= name.items()), None)
    if done is None:
        program = task.program(f"search.method={method}")
        settings = Settings(seed, resume=folder.exists(), command=tuple(sys.argv), reporter=reporter(), threads=1)
        began, cpu = time.monotonic(), time.process_time()
        path, summary = train_program(program, settings, out=folder)
        run = RunFolder(path)
        done = {
            **name,
            "genotype": run.genotype.read_text(encoding="utf-8"),
            "trainings": cost_of(run),
            "minutes": round((time.monotonic() - began) / 60, 2),
            "cpu_minutes": round((time.process_time() - cpu) / 60, 2),
            "test_accuracy": None if summary.evaluation is None else summary.evaluation.metrics["accuracy_percent"],
        }
        append(rows, done)
    return str(done["genotype"])


def folder_name(*of: str | int) -> str:
    """The name of a run's folder, from the method, what it searches for, and the seed."""
    return "-".join("-".join(re.findall(r"[\w.]+", str(part))) for part in of)


def cost_of(run: RunFolder) -> float:
    """What the candidates of a run cost, in trainings."""
    files = sorted(run.trials.glob("*/trial.json"))
    return round(sum(max((point.share for point in read_trial(file).points), default=0.0) for file in files), 3)
