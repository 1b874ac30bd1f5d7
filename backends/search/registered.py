"""The registry of searches, with the built-in methods."""

from spikegraph.backends.search.darts import darts
from spikegraph.backends.search.single_path import single_path
from spikegraph.searches.methods.evolution import evolution
from spikegraph.searches.methods.halving import halving
from spikegraph.searches.methods.random_search import random_search
from spikegraph.searches.searching import SEARCHES

__all__ = ["SEARCHES"]

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
