"""One search: what a method works with."""

from collections.abc import Mapping
from typing import Protocol

from numpy.random import Generator

from spikegraph.dsl.values import Value
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
