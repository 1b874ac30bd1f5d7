"""The registries of searches, with the built-in methods."""

from spikegraph.backends.search.darts import darts
from spikegraph.backends.search.single_path import single_path
from spikegraph.searches.methods.evolution import evolution
from spikegraph.searches.methods.fronts import evolution_front, random_front
from spikegraph.searches.methods.halving import halving
from spikegraph.searches.methods.random_search import random_search
from spikegraph.searches.searching import FRONTS, SEARCHES

__all__ = ["FRONTS", "SEARCHES"]

SEARCHES.fill(
    {
        "darts": darts,
        "single_path": single_path,
        "partial": darts,
        "halving": halving,
        "evolution": evolution,
        "random": random_search,
    }
)

FRONTS.fill({"evolution": evolution_front, "random": random_front})
