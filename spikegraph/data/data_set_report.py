"""The report of a check of a data set with classes."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class PartLines(Protocol):
    """A part of a data set that can be described."""

    def lines(self) -> list[str]:
        """Several lines for a person."""
        ...


P = TypeVar("P", bound=PartLines)


@dataclass(frozen=True)
class DataSetReport(Generic[P]):
    """A data set.

    Attributes:
        source: Its name in a spec: `source = cifar10`.
        layout: Where its files are.
        parts: Training and test set, as far as they can be read.
        problems: What must be fixed before it can be used; each names its file.
        notes: What a user should know.
        needs: What a spec's declaration must say so that it can be used.
    """

    source: str
    layout: str
    parts: tuple[P, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    needs: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Several lines for a person."""
        lines = [f"{self.source}: {self.layout}", *(line for part in self.parts for line in part.lines())]
        lines += [f"  problem: {problem}" for problem in self.problems] + [f"  note: {note}" for note in self.notes]
        return lines + [f"  the spec must say: {need}" for need in self.needs]
