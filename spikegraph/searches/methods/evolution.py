"""Evolution on short trainings, guided by a predictor, then successive halving of the best.

The idea of changed copies is that of regularised evolution (Real et al., AAAI 2019); that of choosing among them by a model,
with a Gaussian process, that of BANANAS (White et al., AAAI 2021).
"""

from collections.abc import Collection, Hashable, Sequence

from spikegraph.dsl.schema.methods import SHARE, N
from spikegraph.program.search_cost import evolution_cost as cost
from spikegraph.program.search_cost import finalists, next_rung
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.methods.halving import successive_halving
from spikegraph.searches.methods.random_search import different
from spikegraph.searches.predictor import Predictor, ascending, normal_scores
from spikegraph.searches.searching import Searching

__all__ = ["changed_copies", "cost", "evolution", "finalists"]

FIRST = 0.3
"""Share of the candidates that are drawn at random."""

AT_ONCE = 0.05
"""Share of the candidates that are proposed with one predictor."""

CHILDREN = 64
"""Changed copies among which the predictor chooses."""

PARENTS = 8
"""The best candidates so far, of which copies are made."""

ATTEMPTS = 4
"""How often changed copies are drawn if all of them are networks that are measured already."""


def evolution(search: Searching) -> Architecture:
    """Begins `n` candidates, most of them changed copies of good ones, and returns the winner of halving among the best.

    Each candidate is trained for `share` of a training. A Gaussian process on their training losses predicts which changed
    copies are good, and together with each loss which are the best to train further, since a short training is a noisy measure.
    """
    trials, count = search.trials, N.of(search.options)
    share = SHARE.of(search.options) or trials.least
    measured = {a: trials.train(a, share).training for a in different(search, max(round(FIRST * count), 2))}
    together = max(round(AT_ONCE * count), 1)
    while len(measured) < count:
        proposed = _proposals(search, measured, min(together, count - len(measured)))
        if not proposed:
            break  # the space is exhausted
        measured |= {a: trials.train(a, share).training for a in proposed}
    predictor = Predictor.of(measured)
    value = normal_scores(list(measured.values())) + normal_scores(list(predictor.mean))
    best = [predictor.tried[k] for k in ascending(value)[: finalists(count, share)]]
    return successive_halving(trials, best, next_rung(share))


def _proposals(search: Searching, measured: dict[Architecture, float], count: int) -> list[Architecture]:
    """Changed copies of the best and a few new ones, with the least loss in a draw from what is predicted for each.

    Copies whose network is measured already aren't proposed; if nothing else is among them, others are drawn, a few times.
    """
    predictor, space = Predictor.of(measured), search.trials.space
    known = {space.network(architecture) for architecture in measured}
    parents = [predictor.tried[k] for k in ascending(predictor.mean)[:PARENTS]]
    for _ in range(ATTEMPTS):
        children = changed_copies(search, parents, measured)
        if not children:
            return []
        mean, spread = predictor.predict(children)
        drawn = mean + spread * search.random.standard_normal(len(mean))
        found: dict[Hashable, Architecture] = {}
        for k in ascending(drawn):
            network = space.network(children[k])
            if network not in known:
                found.setdefault(network, children[k])
            if len(found) == count:
                break
        if found:
            return list(found.values())
    return []


def changed_copies(
    search: Searching, parents: Sequence[Architecture], measured: Collection[Architecture]
) -> list[Architecture]:
    """Changed copies of parents, and a few new architectures, without those that are measured."""
    space = search.trials.space
    children: dict[Architecture, None] = {}
    for number in range(4 * CHILDREN):
        child = space.mutated(parents[int(search.random.integers(len(parents)))], search.random)
        if number % 4 == 3:
            child = space.mutated(child, search.random)
        if number % 8 == 7:
            child = space.draw(search.random)
        if child not in measured:
            children.setdefault(child)
        if len(children) >= CHILDREN:
            break
    return list(children)
