"""Successive halving (Jamieson and Talwalkar, AISTATS 2016): trains many candidates a little, and the better ones further."""

from collections.abc import Sequence

from spikegraph.search.architecture import Architecture
from spikegraph.search.methods.random_search import different
from spikegraph.search.searching import Searching
from spikegraph.search.trials import Trials, final_value

TRAINING_LEADS = 0.2
"""Share of a training up to which the training loss ranks candidates better than the validation does."""


def halving(search: Searching) -> Architecture:
    """Begins `n` random architectures, keeps the better half at each rung, and returns the best that is trained to the end."""
    first = search.options["share"]
    return successive_halving(search.trials, different(search, search.options["n"]), first)


def successive_halving(trials: Trials, candidates: Sequence[Architecture], first: float | None = None) -> Architecture:
    """The best of the candidates by successive halving.

    Args:
        trials: Trains them.
        candidates: The candidates.
        first: The first rung, as a share of the training; None for a quarter.
    """
    kept, share = list(candidates), first or 0.25
    while len(kept) > 1:
        kept = kept[: -(-len(kept) // 2)] if share >= 1 else best_at(trials, kept, share, -(-len(kept) // 2))
        if share >= 1:
            break
        share = min(2 * share, 1.0)
    return min(kept, key=lambda a: final_value(trials.train(a, 1.0)))


def best_at(trials: Trials, candidates: Sequence[Architecture], share: float, count: int) -> list[Architecture]:
    """The best candidates after a share of the training: by the training loss while that leads, then by the validation."""
    found = {a: trials.train(a, share) for a in candidates}
    early = share <= TRAINING_LEADS or any(p.validation is None for p in found.values())
    return sorted(candidates, key=lambda a: found[a].training if early else final_value(found[a]))[:count]
