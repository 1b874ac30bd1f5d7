"""What the search of a run costs, in trainings of its `retrain`: before it begins, and once it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikegraph.dsl.schema.methods import METHODS
from spikegraph.genotype.bindings import rows
from spikegraph.passes import pipeline
from spikegraph.passes.choose import Choose
from spikegraph.search_cost import candidates_cost, steps_of, trainings

if TYPE_CHECKING:
    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.ir.graph import Graph
    from spikegraph.runs.summary import SearchCost
    from spikegraph.searches.architecture import Architecture

PASSES = {"darts": 2, "partial": 2, "single_path": 1}
"""Passes through the supernet for a step on the weights: with architecture parameters one for these too, after the warm-up."""


def supernet_cost(search: RunSearch, found: Architecture | None = None) -> float:
    """What training the supernet of a search costs, in trainings, by the multiply-accumulates of convolutions and layers.

    It counts every pass of a sample forwards and backwards; rankings, which go forwards only, are left out. So it is the same
    on every machine; the time of a supernet may be another multiple of that of a training.

    Args:
        search: A search whose method trains a supernet, or not.
        found: The architecture to compare with; by default a random one, always the same.
    """
    run, retraining = search.run, search.program.spec.retrain
    assert retraining is not None
    if not METHODS[run.method.name].supernet:
        return 0.0
    architecture = found or search.trials.space.draw(np.random.default_rng(0))
    network = additions(search.program.bind(architecture.text()).build("retrain").plain)
    passes = PASSES.get(run.method.name, 1)
    supernet = search.program.build("search").plain
    if run.method.name == "single_path":
        cells = {cell.name: cell for cell in search.trials.space.cells}
        supernet = pipeline.run((Choose(rows(cells, architecture.genotypes), dict(architecture.paths)),), supernet)
    epochs = run.epochs + (passes - 1) * max(run.epochs - run.warm_up, 0)
    samples = steps_of(run, len(search.halves[0])) // run.epochs * run.batch * run.accumulate
    trained = steps_of(retraining, len(search.candidates[0])) * retraining.batch * retraining.accumulate
    return epochs * samples * additions(supernet) / max(trained * network, 1)


def additions(graph: Graph) -> int:
    """The multiply-accumulates of a sample and time step."""
    return sum(node.additions for node in graph)


def spent(search: RunSearch, found: Architecture, candidates: SearchCost | None) -> float:
    """What a search has cost, in trainings: its candidates as far as each was trained, and its supernet."""
    return round((0.0 if candidates is None else candidates.trainings) + supernet_cost(search, found), 6)


def expected_text(search: RunSearch) -> str | None:
    """The sentence with which a search begins; None if the cost of its method isn't known before."""
    steps = search.trials.steps
    candidates = candidates_cost(search.program.spec, steps)
    if candidates is None:
        return None
    cost = candidates + supernet_cost(search)
    return f"the search costs about {trainings(cost)}; a training has {steps:,} steps"
