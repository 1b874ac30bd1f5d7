"""The report of a check of a data set with classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from spikegraph.data.problems import finding_lines

MOST_CLASSES = 100
"""Most classes that the text lists one by one."""


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
        return lines + finding_lines(self.problems, self.notes) + [f"  the spec must say: {need}" for need in self.needs]


def part_lines(name: str, noun: str, classes: Sequence[tuple[str, int, str]], more: str) -> list[str]:
    """The lines of a part.

    Args:
        name: Its name.
        noun: What its samples are, such as `image`.
        classes: The name of each class, the number of its samples, and what else is said of it.
        more: What else is said of all.
    """
    counts = [count for _, count, _ in classes]
    total, number = sum(counts), len(classes)
    head = f"  {name}: {total:,} {noun}{'' if total == 1 else 's'}, {number:,} class{'' if number == 1 else 'es'}{more}"
    if number > MOST_CLASSES:
        return [head, f"    {min(counts):,} to {max(counts):,} {noun}s in a class; --json lists all"]
    left, right = (
        max((len(text) for text in texts), default=0) for texts in ([c[0] for c in classes], [f"{n:,}" for n in counts])
    )
    return [head, *(f"    {of:<{left}}  {count:>{right},}{said}".rstrip() for of, count, said in classes)]
