"""The smallest specification that still does what a larger one did, such as making a test fail."""

from collections.abc import Callable, Sequence
from time import monotonic

from spikegraph.generate.draws import Drawn
from spikegraph.generate.generated import Generated
from spikegraph.generate.spec import random_spec
from spikegraph.generate.wanted import Wanted

ATTEMPTS = 1500
"""Specifications that are tried at most."""

GONE = range(1, 9)
"""How many decisions behind one that is made simpler are left out."""

Numbers = tuple[int, ...]


def smallest(
    numbers: Sequence[int],
    does: Callable[[Generated], bool],
    wanted: Wanted | None = None,
    attempts: int = ATTEMPTS,
    seconds: float = float("inf"),
) -> Generated:
    """Simplifies the decisions of a specification, as long as `does` is true of what they lead to.

    Args:
        numbers: The decisions `taken` by the draw of a specification for which `does` is true.
        does: What the smallest specification is to do.
        wanted: What specifications may contain, as for `random_spec`.
        attempts: Specifications that are tried at most.
        seconds: After so many seconds no other specification is tried.

    Raises:
        ValueError: `does` is false of the specification itself.
    """
    search = _Search(does, wanted, attempts, monotonic() + seconds)
    if not search.take(tuple(numbers)):
        raise ValueError("the specification doesn't do what is to be kept")
    before = None
    while before != search.numbers and search.may:
        before = search.numbers
        search.shorten()
        search.simplify()
        search.undo()
    assert search.best is not None
    return search.best


class _Search:
    """Looks for a smaller specification.

    Attributes:
        best: The smallest one so far.
        numbers: The decisions that lead to it.
        attempts: Specifications that may still be tried.
    """

    def __init__(self, does: Callable[[Generated], bool], wanted: Wanted | None, attempts: int, until: float) -> None:
        self.best: Generated | None = None
        self.numbers: Numbers = ()
        self.attempts = attempts
        self._does, self._wanted, self._until = does, wanted, until
        self._seen = set[Numbers]()

    @property
    def may(self) -> bool:
        """Whether another specification may be tried; the first may always."""
        return self.best is None or (self.attempts > 0 and monotonic() < self._until)

    def take(self, numbers: Numbers) -> bool:
        """Takes decisions if what they lead to is smaller and still does what it is to do."""
        if numbers in self._seen or not self.may:
            return False
        self._seen.add(numbers)
        draw = Drawn(numbers)
        made, taken = random_spec(draw, self._wanted), tuple(draw.taken)
        known = self.best is not None and taken in self._seen and taken != numbers
        self._seen.add(taken)
        if known or (self.best is not None and _size(made, taken) >= _size(self.best, self.numbers)):
            return False
        self.attempts -= 1
        if not self._does(made):
            return False
        self.best, self.numbers = made, taken
        return True

    def shorten(self) -> None:
        """Leaves out decisions in a row: many first, the last first."""
        length = len(self.numbers) // 2
        while length:
            start = len(self.numbers) - length
            while start >= 0:
                if self.take(self.numbers[:start] + self.numbers[start + length :]):
                    start = min(start, len(self.numbers) - length)
                else:
                    start -= max(length // 2, 1)
            length //= 2

    def simplify(self) -> None:
        """Makes single decisions simpler."""
        for place in range(len(self.numbers) - 1, -1, -1):
            number = self.numbers[place] if place < len(self.numbers) else 0
            for less in dict.fromkeys((0, number // 2, number - 1)):
                if 0 <= less < number and self.take((*self.numbers[:place], less, *self.numbers[place + 1 :])):
                    break

    def undo(self) -> None:
        """Makes single decisions simpler and leaves out those behind them, such as of a block that isn't there then."""
        place = 0
        while place < len(self.numbers):
            number = self.numbers[place]
            tries = ((less, gone) for less in dict.fromkeys((0, number - 1)) if 0 <= less < number for gone in GONE)
            if not any(self.take((*self.numbers[:place], less, *self.numbers[place + 1 + gone :])) for less, gone in tries):
                place += 1


def _size(made: Generated, numbers: Numbers) -> tuple[int, int, Numbers]:
    """What is made smaller."""
    return len(made.text), len(numbers), numbers
