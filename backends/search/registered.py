"""The registry of searches, with the built-in methods."""

from spikegraph.backends.search.darts import darts
from spikegraph.backends.search.single_path import single_path
from spikegraph.search.methods.halving import halving
from spikegraph.search.methods.random_search import random_search
from spikegraph.search.searching import SEARCHES

__all__ = ["SEARCHES"]

SEARCHES.fill({"darts": darts, "halving": halving, "partial": darts, "random": random_search, "single_path": single_path})
