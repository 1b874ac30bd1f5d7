"""Supernets of a task whose cells are tied: trained live, then every cell of the space is measured with their weights.

A row has `method`, `seed`, `trainings` (the cost of the supernet, in trainings of the table), `ranking` (that of one cell),
`decoded` (what the mean of the architecture parameters of both cells means; with `perturb` what the search found for the first
cell), `alpha` (the logarithm of the probability of each operation on each edge, and of the edge), and `losses`, for each
cell of the space those of the rounds of a ranking.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rows import append
from supernet_rows import line_of, path_of, supernets_of
from tasks import Task
from training import trained

from spikegraph.backends.search.ranking import losses_on_b
from spikegraph.backends.search.run import parts
from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.search.supernet import MOST_PATHS, Supernet
from spikegraph.backends.torch.main import search_program
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.log import open_log
from spikegraph.base.progress import reporter
from spikegraph.data.sets import data_sets
from spikegraph.genotype.searched import genotype_of
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.rounds import ROUNDS


def train_supernets(task: Task, method: str, seeds: Sequence[int], part: tuple[int, int]) -> None:
    """Trains the supernets of a method that are missing, in this process its part of the seeds."""
    cells = task.cells()
    training_seconds = trained(task.program(), task.genotype(cells[0]), 0)["cpu_seconds"]  # on this machine, now
    for seed in seeds[part[0] :: part[1]]:
        if not any((row["method"], row["seed"]) == (method, seed) for row in supernets_of(task)):  # others write there too
            append(path_of(task), supernet(task, cells, method, seed, training_seconds))


def supernet(task: Task, cells: Sequence[Architecture], method: str, seed: int, training_seconds: float) -> dict[str, Any]:
    """Trains one supernet, and measures cells with its weights."""
    program = task.program(f"search.method={method}")
    settings = Settings(seed, command=tuple(sys.argv), reporter=reporter(), threads=1)
    with TemporaryDirectory() as place:
        began = time.process_time()
        genotype = search_program(program, settings, out=Path(place) / "run")
        searched = time.process_time()
        folder = RunFolder(Path(place) / "run")
        assert program.spec.search is not None and program.spec.retrain is not None
        data = data_sets(program.spec.datasets[program.spec.search.dataset], None, seed)
        with open_log(program, data, folder, Settings(seed, resume=True, command=settings.command, threads=1)) as log:
            of = parts(program.spec.search, data, seed), parts(program.spec.retrain, data, seed)
            found = Supernet.begin(RunSearch(program, *of, log), learnt=not method.startswith("single_path"))
            load_model(folder.pair("search", "newest").weights, found.model)
            architectures = [task.genotype(cell) for cell in cells]
            losses = list[tuple[float, ...]]()
            for group in in_groups(architectures):
                made = [partial(found.path, a, statistics=False) for a in group]
                rounds = [losses_on_b(found, made, len(group), "cells", number) for number in range(len(ROUNDS))]
                losses += zip(*rounds, strict=True)
            learnt = parameters(task, found)
            if "perturb" in method:
                learnt["decoded"] = line_of(task.cell_of(Architecture.of(program.bind(genotype).spec.genotypes.values())))
        measured = time.process_time() - searched
    return {
        "method": method,
        "seed": seed,
        "trainings": round((searched - began) / training_seconds, 3),
        "ranking": round(measured / training_seconds / len(losses), 5),
        **learnt,
        "losses": {line_of(cell): [round(x, 4) for x in loss] for cell, loss in zip(cells, losses, strict=True)},
    }


def in_groups(cells: Sequence[Architecture]) -> Iterator[Sequence[Architecture]]:
    """So few at once that a supernet keeps their models from one round to the next."""
    return (cells[k : k + MOST_PATHS] for k in range(0, len(cells), MOST_PATHS))


def parameters(task: Task, found: Supernet) -> dict[str, Any]:
    """What the mean of the tied cells' architecture parameters says; None where none are learnt."""
    if not found.learnt:
        return {"decoded": None, "alpha": None}
    first = next(cell for cell in found.search.trials.space.cells if cell.name == task.tied[0])
    values = found.values
    alpha = np.mean([values[f"{name}.alpha"] for name in task.tied], axis=0)
    edges = np.mean([values.get(f"{name}.edges", [0.0] * len(alpha)) for name in task.tied], axis=0)
    genotype = genotype_of(first, alpha.tolist(), edges.tolist() if f"{first.name}.edges" in values else None)
    logs = alpha - np.log(np.exp(alpha).sum(1, keepdims=True))
    rows = first.edge_list()
    for node, _ in first.edges:
        own = [k for k, (to, _) in enumerate(rows) if to == node]
        logs[own] += (edges[own] - np.log(np.exp(edges[own]).sum()))[:, None]
    names = [candidate.name for candidate in first.candidates]
    logged = {
        f"{node} = {name}({source})": round(float(logs[k, c]), 5)
        for k, (node, source) in enumerate(rows)
        for c, name in enumerate(names)
    }
    return {"decoded": line_of(task.cell_of(Architecture.of([genotype]))), "alpha": logged}
