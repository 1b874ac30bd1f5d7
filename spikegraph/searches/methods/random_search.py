"""Random search: trains random architectures, and keeps the best."""

from spikegraph.dsl.schema.methods import N
from spikegraph.searches import distinct
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.searching import Searching
from spikegraph.searches.trials import final_value


def random_search(search: Searching) -> Architecture:
    """Trains `n` different random architectures, and returns the one that is best by the final measure."""
    trained = {a: final_value(search.trials.train(a, 1.0)) for a in different(search, N.of(search.options))}
    return min(trained, key=lambda a: trained[a])


def different(search: Searching, count: int) -> list[Architecture]:
    """So many random architectures that are different networks; all, in a random order, if the space has fewer."""
    space = search.trials.space
    return distinct.different(space, lambda: space.draw(search.random), count)
