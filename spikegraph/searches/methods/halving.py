"""Successive halving (Jamieson and Talwalkar, AISTATS 2016): trains many candidates a little, and the better ones further."""

from collections.abc import Sequence

from spikegraph.dsl.schema.methods import SHARE, N
from spikegraph.program.search_cost import FIRST_RUNG, halving_cost, rungs
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.methods.random_search import different
from spikegraph.searches.searching import Searching
from spikegraph.searches.trials import Progress, Trials, final_value

__all__ = ["FIRST_RUNG", "best_first", "halving", "halving_cost", "rungs", "successive_halving"]

TRAINING_LEADS = 0.2
"""Share of a training up to which the training loss alone ranks candidates better than together with the validation."""


def halving(search: Searching) -> Architecture:
    """Begins `n` random architectures, keeps the better half at each rung, and returns the one that is trained to the end."""
    first = SHARE.of(search.options) or FIRST_RUNG
    return successive_halving(search.trials, different(search, N.of(search.options)), first)


def successive_halving(trials: Trials, candidates: Sequence[Architecture], first: float) -> Architecture:
    """Keeps the better half at each rung, trains what is left to the end, and returns the best of that by the final measure."""
    kept = list(candidates)
    for share in rungs(first):
        if len(kept) > 1:
            progress = [trials.train(architecture, share) for architecture in kept]
            kept = [kept[k] for k in best_first(progress)[: -(-len(kept) // 2)]]
    trained = {architecture: final_value(trials.train(architecture, 1.0)) for architecture in kept}
    return min(trained, key=lambda a: trained[a])


def best_first(progress: Sequence[Progress]) -> list[int]:
    """The numbers of candidates after an equal share of their training, the best first.

    Up to a fifth of the training they are ranked by the training loss, then by the mean of the ranks by training loss and
    validation: either alone is noisy, and a network with a lower training loss needn't be the better one in the end.
    """
    training = _ranks([p.training for p in progress])
    validated = [p.validation for p in progress if p.validation is not None]
    if len(validated) == len(progress) and all(p.share > TRAINING_LEADS for p in progress):
        both = [a + b for a, b in zip(training, _ranks(validated), strict=True)]
        return sorted(range(len(progress)), key=lambda k: (both[k], training[k]))
    return sorted(range(len(progress)), key=lambda k: training[k])


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 0; equal ones share the lowest."""
    order = sorted(values)
    return [float(order.index(value)) for value in values]
