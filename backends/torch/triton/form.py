"""What the text of kernels depends on."""

from dataclasses import dataclass
from functools import cached_property

from spikegraph.backends.torch.native.surrogates import GENERATED_SURROGATES, scale
from spikegraph.equations.reverse import Reverse, reversed_step
from spikegraph.equations.step import Step

SURROGATES = (*GENERATED_SURROGATES, "open_rectangular")
"""Those that `functions.py` has."""


@dataclass(frozen=True, eq=False)
class Form:
    """What the text depends on, beside the step; `Launch` makes each of them once, since texts are kept for the object.

    Attributes:
        step: The step.
        counts: How many terms each current has.
        normed: Whether each term has a norm.
        started: Whether states before the first step are given; else they are those of the model.
        last: Whether channels are the last axis of the memory.
    """

    step: Step
    counts: tuple[int, ...]
    normed: tuple[bool, ...]
    started: bool
    last: bool

    @cached_property
    def reverse(self) -> Reverse:
        """The step going back."""
        return reversed_step(self.step)

    @property
    def sums(self) -> int:
        """How many sums for each channel the way back gives: of the given numbers, of each current, and of each normed term."""
        return len(self.step.given) + len(self.counts) + sum(self.normed)

    @property
    def terms_of(self) -> list[list[int]]:
        """The numbers of each current's terms."""
        each = iter(range(len(self.normed)))
        return [[next(each) for _ in range(count)] for count in self.counts]


def supported(step: Step) -> bool:
    """Whether all operations of a step have Triton's text."""
    return all(firing.surrogate in SURROGATES for firing in step.firings)


def constants_of(step: Step) -> tuple[float, ...]:
    """The constants of a step: its own, and b, scale and levels of each firing."""
    return (*step.constants, *(x for f in step.firings for x in (f.b, scale(f.surrogate, f.b), float(f.levels))))
