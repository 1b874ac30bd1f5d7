"""Searches for two objectives: what they train to the end holds a front.

Proposals follow ParEGO (Knowles, IEEE TEVC 2006): each is the best by a random weighting of both objectives, which are drawn
here from two Gaussian processes.
"""

from collections.abc import Hashable, Mapping

import numpy as np

from spikegraph.dsl.schema.methods import SHARE, N
from spikegraph.program.search_cost import front_finalists
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.hypervolume import Point, largest, layers
from spikegraph.searches.methods.evolution import AT_ONCE, ATTEMPTS, FIRST, PARENTS, changed_copies
from spikegraph.searches.methods.random_search import different
from spikegraph.searches.predictor import Predictor, Vector, ascending, normal_scores
from spikegraph.searches.searching import Searching
from spikegraph.searches.trials import both

SUM = 0.05
"""Share of the weighted sum in the weighting of both objectives, beside the larger of both (Knowles, Eq. 2)."""

WORST: Point = (1.1, 1.1)
"""The reference of areas, where the best measure of an objective is 0 and the worst 1, so that both ends of a front count."""


def random_front(search: Searching) -> list[Architecture]:
    """Trains `n` different random architectures."""
    drawn = different(search, N.of(search.options))
    for architecture in drawn:
        search.trials.train(architecture, 1.0)
    return drawn


def evolution_front(search: Searching) -> list[Architecture]:
    """Begins `n` candidates, most of them changed copies of those on the front, and trains a few of the best to the end.

    Each candidate is trained for `share` of a training, which gives its training loss and its price. A Gaussian process for
    each of both predicts which changed copies are good. Which are trained to the end is decided by the area that they
    dominate, each objective in its own unit, with a loss whose rank is the mean of the measured and the predicted one.
    """
    trials, count = search.trials, N.of(search.options)
    share = SHARE.of(search.options) or trials.least
    measured = _measured(search, different(search, max(round(FIRST * count), 2)), share)
    together = max(round(AT_ONCE * count), 1)
    while len(measured) < count:
        proposed = _proposals(search, measured, min(together, count - len(measured)))
        if not proposed:
            break  # the space is exhausted
        measured |= _measured(search, proposed, share)
    losses, prices = (np.array([point[k] for point in measured.values()]) for k in (0, 1))
    ranks = normal_scores(list(losses)) + normal_scores(list(_predictors(measured)[0].mean))
    points = _points(_shares(losses, ranks), _shares(prices, prices))
    tried = list(measured)
    found = [tried[k] for k in largest(points, front_finalists(count, share), WORST)]
    for architecture in found:
        trials.train(architecture, 1.0)
    return found


def _measured(search: Searching, architectures: list[Architecture], share: float) -> dict[Architecture, Point]:
    """The training loss and the price of candidates after a share of their training."""
    progress = {architecture: search.trials.train(architecture, share) for architecture in architectures}
    return {architecture: both(each, each.training) for architecture, each in progress.items()}


def _predictors(measured: Mapping[Architecture, Point]) -> tuple[Predictor, Predictor]:
    losses, prices = ({architecture: point[k] for architecture, point in measured.items()} for k in (0, 1))
    return Predictor.of(losses), Predictor.of(prices)


def _shares(values: Vector, ranked_by: Vector) -> Vector:
    """Values in the order of other numbers, from 0 for the least to 1 for the largest; infinite ones stay where they are."""
    finite, found = np.isfinite(values), np.full(len(values), np.inf)
    sizes = np.sort(values[finite])
    if len(sizes):
        places = np.argsort(np.argsort(ranked_by[finite], kind="stable"), kind="stable")
        found[finite] = (sizes[places] - sizes[0]) / ((sizes[-1] - sizes[0]) or 1)
    return found


def _points(losses: Vector, prices: Vector) -> list[Point]:
    return [(float(loss), float(price)) for loss, price in zip(losses, prices, strict=True)]


def _proposals(search: Searching, measured: Mapping[Architecture, Point], count: int) -> list[Architecture]:
    """Changed copies of what is predicted to be on the front, each the best by another random weighting of both objectives.

    Copies whose network is measured already aren't proposed; if nothing else is among them, others are drawn, a few times.
    """
    space, predictors = search.trials.space, _predictors(measured)
    means, tried = _points(*(predictor.mean for predictor in predictors)), predictors[0].tried
    parents = [tried[k] for layer in layers(means) for k in layer][:PARENTS]
    known = {space.network(architecture) for architecture in measured}
    for _ in range(ATTEMPTS):
        children = changed_copies(search, parents, measured)
        if not children:
            return []
        drawn = [mean + spread * search.random.standard_normal(len(mean)) for mean, spread in _predicted(predictors, children)]
        found: dict[Hashable, Architecture] = {}
        for _ in range(count):
            weight = search.random.random()
            weighed = weight * drawn[0], (1 - weight) * drawn[1]
            order = ascending(np.maximum(*weighed) + SUM * (weighed[0] + weighed[1]))
            networks = ((space.network(children[k]), children[k]) for k in order)
            chosen = next(((network, a) for network, a in networks if network not in known and network not in found), None)
            if chosen is not None:
                found[chosen[0]] = chosen[1]
        if found:
            return list(found.values())
    return []


def _predicted(predictors: tuple[Predictor, Predictor], children: list[Architecture]) -> list[tuple[Vector, Vector]]:
    return [predictor.predict(children) for predictor in predictors]
