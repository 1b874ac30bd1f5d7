"""What the search of a run costs, in trainings of its `retrain`: before it begins, and once it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikegraph.dsl.schema.methods import METHODS
from spikegraph.genotype.bindings import rows
from spikegraph.passes import pipeline
from spikegraph.passes.choose import Choose
from spikegraph.program.search_cost import candidates_cost, epochs_between_decisions, steps_of, trainings

if TYPE_CHECKING:
    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.ir.graph import Graph
    from spikegraph.runs.summary import SearchCost

PASSES = {"darts": 2, "partial": 2, "single_path": 1}
"""Passes through the supernet for a step on the weights: with architecture parameters one for these too, after the warm-up."""

DRAWS = 6
"""Random architectures whose networks, on average, are what a training is compared with."""

COUNTED = "bind-genotype,expand-cells,expand-layers,insert-resize,prune"
"""The passes that their networks need for counting; where operations mix and which surrogates are searched changes no count."""


def supernet_cost(search: RunSearch, epochs: int | None = None) -> float | None:
    """What training the supernet of a search costs, in trainings, by the multiply-accumulates of convolutions and layers.

    It counts every pass of a sample forwards and backwards; rankings, which go forwards only, are left out. So it is the same
    on every machine; in time a supernet may cost more or less, since neurons and norms aren't counted.

    Args:
        search: A search whose method trains a supernet, or not; then it is 0.
        epochs: The epochs of the search that there were, where its patience ended it; by default all.

    Returns:
        The cost; None if no random network keeps within the limits of skips.
    """
    run, retraining = search.run, search.program.spec.retrain
    assert retraining is not None
    if not METHODS[run.method.name].supernet:
        return 0.0
    random, space, plain = np.random.default_rng(0), search.trials.space, search.program.build("search").plain
    try:
        drawn = [space.draw(random) for _ in range(DRAWS)]
    except ValueError:
        return None
    network = sum(additions(search.program.bind(a.text()).build("retrain", COUNTED).plain) for a in drawn) / DRAWS
    supernet = additions(plain)
    if run.method.name == "single_path":
        cells = {cell.name: cell for cell in space.cells}
        paths = [pipeline.run((Choose(rows(cells, a.genotypes), dict(a.paths)),), plain) for a in drawn]
        supernet = sum(map(additions, paths)) / DRAWS
    passes = PASSES.get(run.method.name, 1)
    epochs = run.epochs if epochs is None else epochs
    epochs += (passes - 1) * max(epochs - run.warm_up, 0) + epochs_between_decisions(run, search.trials.space.cells)
    samples = steps_of(run, len(search.halves[0])) // run.epochs * run.batch * run.accumulate
    trained = steps_of(retraining, len(search.candidates[0])) * retraining.batch * retraining.accumulate
    return epochs * samples * supernet / max(trained * network, 1)


def additions(graph: Graph) -> int:
    """The multiply-accumulates of a sample and time step."""
    return sum(node.additions for node in graph)


def spent(search: RunSearch, candidates: SearchCost | None) -> float | None:
    """What a search has cost, in trainings: its candidates as far as each was trained, and its supernet."""
    done = search.log.summary.search
    supernet = supernet_cost(search, None if done is None else done.epochs)
    return None if supernet is None else round(supernet + (0.0 if candidates is None else candidates.trainings), 6)


def expected_text(search: RunSearch) -> str | None:
    """The sentence with which a search begins; None if the cost of its method isn't known before."""
    steps = search.trials.steps
    candidates, supernet = candidates_cost(search.program.spec, steps), supernet_cost(search)
    if candidates is None or supernet is None:
        return None
    return (
        f"the search costs about {trainings(candidates + supernet)}; a training has {steps:,} step{'' if steps == 1 else 's'}"
    )
