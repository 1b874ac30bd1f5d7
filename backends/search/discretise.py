"""From a trained supernet to one architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from spikegraph.backends.search.perturb import by_perturbation
from spikegraph.backends.search.ranking import ranked
from spikegraph.backends.torch.train.seeding import seed_all
from spikegraph.dsl.schema.methods import CHOOSE, DRAWS, N
from spikegraph.dsl.values import Value
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.distinct import different
from spikegraph.searches.distribution import draw
from spikegraph.searches.methods.halving import FIRST_RUNG, successive_halving

if TYPE_CHECKING:
    from spikegraph.backends.search.supernet import Supernet


def discretise(supernet: Supernet, first: float | None = None) -> Architecture:
    """The architecture that the search's `discretise` chooses from its trained supernet.

    A resumed search repeats it from the supernet's checkpoint, with the same random numbers.

    Args:
        supernet: The supernet.
        first: The first loss of its training.

    Raises:
        DivergedError: A loss of its further training, or those of all networks that are compared, are too large.
        Interrupted: An interrupt was requested; the run is saved.
    """
    how = CHOOSE.of(supernet.search.options)
    seed_all(supernet.search.seed("discretise"))
    return WAYS[how.name](replace(supernet, first=first), how.named)


def by_shared_weights(supernet: Supernet, options: Mapping[str, Value]) -> Architecture:
    """The best of random architectures by their loss with the supernet's weights."""
    return ranked(supernet, drawn(supernet, DRAWS.of(options)))[0]


def by_halving(supernet: Supernet, options: Mapping[str, Value]) -> Architecture:
    """Trains the best `n` of random architectures by successive halving."""
    best = ranked(supernet, drawn(supernet, DRAWS.of(options)))[: N.of(options)]
    return successive_halving(supernet.search.trials, best, FIRST_RUNG)


def drawn(supernet: Supernet, count: int) -> list[Architecture]:
    """Different networks: the decoded one and others by the learnt probabilities; random ones if none are learnt."""
    space, random = supernet.search.trials.space, np.random.default_rng(supernet.search.seed("draws"))
    if not supernet.learnt:
        return different(space, lambda: space.draw(random), count)
    values, decoded = supernet.values, supernet.decoded
    return [decoded, *different(space, lambda: draw(space, values, random), count - 1, [decoded])]


WAYS: dict[str, Callable[[Supernet, Mapping[str, Value]], Architecture]] = {
    "alpha": lambda supernet, _: supernet.decoded,
    "perturb": by_perturbation,
    "shared_weights": by_shared_weights,
    "halving": by_halving,
}
"""What each `discretise` of the language does."""
