"""Live searches for two objectives: the fronts of evolution beside those of random search at equal cost, on fresh seeds.

A row is a search (`search`: its seed, `method`, `objective`: what it searches for beside the accuracy) with its cost and the
genotypes on its front, or a training (`genotype`, `seed`). Each network on a front is trained anew from a seed that no search
has used, and judged by its test accuracy and its price there.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from comparison import most
from fronts import BEYOND, OBJECTIVES
from live import cost_of, folder_name
from rows import append, read_rows
from tasks import Task
from training import steps_of, trained

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.backends.torch.main import train_program
from spikegraph.base.progress import reporter
from spikegraph.program.run_settings import Settings
from spikegraph.program.search_cost import front_cost, least_share
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.front import read_front
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.hypervolume import Point, hypervolume
from spikegraph.searches.statistics import bootstrap, paired

Row = Mapping[str, Any]

BARE = ("parameters", "spikes")
"""Second objectives of a spec, and keys of rows, that aren't the name of an energy model."""

PRICES = (*BARE, *OBJECTIVES, *ENERGY_MODELS)
"""What a second objective may be."""


def methods(task: Task, cost: int) -> tuple[str, str]:
    """Random search and evolution with the parameters that use a cost."""
    share = least_share(steps_of(task.program()))
    return f"random({cost})", f"evolution({most(lambda n: front_cost(n, share), cost)})"


def run_fronts(
    task: Task, price: str, cost: int, seeds: Sequence[int], retraining: int, out: Path, part: tuple[int, int]
) -> None:
    """Does what is missing of the searches and of the trainings of what they found, in this process its part of the seeds."""
    rows = out / "rows.jsonl"
    for seed in seeds[part[0] :: part[1]]:
        for method in methods(task, cost):
            for genotype in searched(task, method, price, seed, out):
                if not any(r.get("genotype") == genotype and r.get("seed") == retraining for r in read_rows(rows)):
                    spec = task.program().bind(genotype).spec
                    found = trained(task.program(), Architecture.of(spec.genotypes.values()), retraining)
                    append(rows, {"genotype": genotype, **found})


def searched(task: Task, method: str, price: str, seed: int, out: Path) -> list[str]:
    """The genotypes on the front of a search, from its row; searches if that isn't there."""
    model = OBJECTIVES.get(price, price)
    rows, name = out / "rows.jsonl", {"search": seed, "method": method, "objective": model}
    done = next((row for row in read_rows(rows) if row.items() >= name.items()), None)
    if done is None:
        folder = out / folder_name(method, model, seed)
        changes = (f"search.method={method}", f"search.objective=[accuracy, {_written(model)}]")
        settings = Settings(seed, resume=folder.exists(), command=tuple(sys.argv), reporter=reporter(), threads=1)
        path, _ = train_program(task.program(*changes), settings, out=folder)
        run = RunFolder(path)
        done = {**name, "trainings": cost_of(run), "front": [_plain(task, point.genotype) for point in read_front(run)]}
        append(rows, done)
    return list(done["front"])


def _written(model: str) -> str:
    """A second objective as specs write it."""
    return model if model in BARE else f'energy("{model}")'


def _price(row: Row, model: str) -> float:
    """What a trained network costs by an objective."""
    return float(row[model] if model == "parameters" else row["energy"][model])


def _plain(task: Task, genotype: str) -> str:
    """A genotype without what its file says of the search, so that two searches that found it have one text."""
    return Architecture.of(task.program().bind(genotype).spec.genotypes.values()).text()


def fronts_result(task: Task, price: str, cost: int, seeds: Sequence[int], retraining: int, out: Path) -> str:
    """The comparison as Markdown: areas of fronts, and the interval of the paired difference to random search.

    An area is that of the accuracies and prices of the new trainings, scaled to the best and the worst of all networks that
    any of these searches found, as a share of the area of all of them.
    """
    rows, names = read_rows(out / "rows.jsonl"), methods(task, cost)
    model = OBJECTIVES.get(price, price)
    found = {(int(row["search"]), str(row["method"])): row for row in rows if "search" in row and row["objective"] == model}
    found = {key: row for key, row in found.items() if key[0] in seeds and key[1] in names}
    fronts = {genotype for row in found.values() for genotype in row["front"]}
    values = {
        str(row["genotype"]): (-float(row["test_accuracy"]), _price(row, model))
        for row in rows
        if "genotype" in row and row["seed"] == retraining and row["genotype"] in fronts
    }
    whole = [seed for seed in seeds if all(_judged(found.get((seed, name)), values) for name in names)]
    if len(whole) < 2:
        return f"{len(whole)} of {len(seeds)} pairs of searches so far"
    points = _scaled(values)
    reference = (1 + BEYOND, 1 + BEYOND)
    all_of_them = hypervolume([*points.values()], reference)
    lines = [
        f"Task {task.name}: accuracy and {model}; {len(whole)} of {len(seeds)} pairs of searches, "
        f"{len(points)} networks trained anew.",
        "",
        "| method | cost in trainings | networks on the front | area, share of that of all | difference, 95 % interval |",
        "|---|---:|---:|---:|---|",
    ]
    base: list[float] = []
    for name in names:
        rows = [found[seed, name] for seed in whole]
        areas = [hypervolume([points[each] for each in row["front"]], reference) / all_of_them for row in rows]
        base = base or areas
        difference = "" if areas is base else str(paired(areas, base))
        spent, size = np.mean([row["trainings"] for row in rows]), np.mean([len(row["front"]) for row in rows])
        lines.append(f"| `{name}` | {spent:.2f} | {size:.1f} | {bootstrap(areas)} | {difference} |")
    return "\n".join(lines)


def _judged(search: Row | None, values: Mapping[str, Point]) -> bool:
    return search is not None and all(genotype in values for genotype in search["front"])


def _scaled(values: Mapping[str, Point]) -> dict[str, Point]:
    """Both objectives of each network, from 0 for the best of all to 1 for the worst."""
    low, high = ([each(value[k] for value in values.values()) for k in (0, 1)] for each in (min, max))
    return {
        name: ((a - low[0]) / ((high[0] - low[0]) or 1), (b - low[1]) / ((high[1] - low[1]) or 1))
        for name, (a, b) in values.items()
    }
