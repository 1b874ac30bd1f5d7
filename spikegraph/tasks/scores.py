"""What measures predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Scores(ABC):
    """Accumulates predictions."""

    @abstractmethod
    def add(self, predicted: NDArray[Any], target: NDArray[Any]) -> None:
        """Adds predictions [N, ...] with their targets [N, ...].

        Raises:
            ValueError: A prediction isn't a number.
        """

    @abstractmethod
    def extend(self, other: Any) -> None:
        """Adds what other scores of the same kind have accumulated."""

    @abstractmethod
    def metrics(self) -> Mapping[str, float]:
        """The metrics by name (`spikegraph.runs.metrics.METRICS`); the first one decides which of two networks is better.

        Raises:
            ValueError: Nothing that counts was added.
        """

    @property
    def count(self) -> int | None:
        """The number of samples that the metrics are about; None for all."""
        return None

    def confusion(self) -> Mapping[int, Mapping[int, int]]:
        """How often each class was predicted for the samples of each; empty if there are no classes of samples."""
        return {}

    def classes(self) -> Mapping[int, Mapping[str, float]]:
        """Scores of each class that occurs, by its number and the score's name, which ends with the unit.

        Empty if there are no classes. `spikegraph.runs.confusion.class_scores` makes them of a confusion matrix; `evaluate`
        and the report show them.
        """
        return {}
