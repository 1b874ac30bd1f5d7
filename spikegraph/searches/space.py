"""What a method may ask of a space of architectures."""

from collections.abc import Hashable
from typing import Protocol

from numpy.random import Generator

from spikegraph.searches.architecture import Architecture


class Space(Protocol):
    """The architectures among which a search chooses."""

    @property
    def size(self) -> int:
        """The number of architectures."""
        ...

    def draw(self, random: Generator) -> Architecture:
        """An architecture, each with the same probability."""
        ...

    def mutated(self, architecture: Architecture, random: Generator) -> Architecture:
        """An architecture that differs in one decision: the operation or the source of an edge, or a level of a path."""
        ...

    def network(self, architecture: Architecture) -> Hashable:
        """What two architectures have in common if and only if they are one network."""
        ...
