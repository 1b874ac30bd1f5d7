"""What trains the candidates of a search, and what a method sees of it."""

from dataclasses import dataclass
from math import inf
from typing import Protocol

from spikegraph.program.search_cost import LEAST_SHARE, LEAST_STEPS, least_share
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.space import Space

__all__ = ["LEAST_SHARE", "LEAST_STEPS", "Progress", "Trials", "both", "final_value", "least_share"]


@dataclass(frozen=True)
class Progress:
    """How far a candidate is; of all numbers, lower is better.

    Attributes:
        share: The share of its training that is done.
        training: The mean training loss of the last steps.
        validation: The validation's first metric, negative where higher is better; None without a validation.
        price: The second objective; None of a search that has one.
    """

    share: float
    training: float
    validation: float | None = None
    price: float | None = None


class Trials(Protocol):
    """Trains candidates. Training one up to a share that it has reached costs nothing and gives the same numbers."""

    @property
    def space(self) -> Space:
        """The space of the candidates."""
        ...

    @property
    def least(self) -> float:
        """The smallest share of a training after which candidates can be compared."""
        ...

    def train(self, architecture: Architecture, share: float) -> Progress:
        """Trains a candidate up to a share of its training, from where it is."""
        ...


def final_value(progress: Progress) -> float:
    """By what fully trained candidates are compared: the validation, or without one the training loss."""
    return progress.training if progress.validation is None else progress.validation


def both(progress: Progress, first: float) -> tuple[float, float]:
    """A measure of the first objective, and the price; worst without one, as of a training that diverged."""
    return first, inf if progress.price is None else progress.price
