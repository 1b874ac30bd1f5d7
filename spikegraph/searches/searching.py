"""One search: what a method works with, and the registry of methods."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.random import Generator

from spikegraph.dsl.values import Value
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.trials import Trials


class Searching(Protocol):
    """One search. What a run gives also has the program and its data, for methods that train a supernet."""

    @property
    def options(self) -> Mapping[str, Value]:
        """The method's parameters by name."""
        ...

    @property
    def trials(self) -> Trials:
        """What trains candidates."""
        ...

    @property
    def random(self) -> Generator:
        """Random numbers, which depend on the run's seed."""
        ...


SearchFunction = Callable[[Any], Architecture]
"""Searches, and returns the best architecture that it found; its argument is a `Searching`.

A search that is interrupted and resumed is called again. It must then ask for the same candidates in the same order: what has
been trained isn't trained again.
"""

SEARCHES: Registry[SearchFunction] = Registry("search", "spikegraph.methods", kind=FUNCTION)
"""What each search method of the language does, by its name."""

FrontFunction = Callable[[Any], list[Architecture]]
"""Searches for two objectives, and returns what it has trained to the end; else as a `SearchFunction`."""

FRONTS: Registry[FrontFunction] = Registry("search for two objectives", "spikegraph.methods", kind=FUNCTION)
"""What each search method does that can search for two objectives, by its name."""
