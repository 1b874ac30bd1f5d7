"""What the text of kernels depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spikegraph.backends.torch.native.surrogates import GENERATED_SURROGATES, scale
from spikegraph.equations.operations import needed_for
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
        same: For each term the first whose gradient is the same: of one current and type, without norms; else the term itself.
        started: Whether states before the first step are given; else they are those of the model.
        last: Whether channels are the last axis of the memory.
    """

    step: Step
    counts: tuple[int, ...]
    normed: tuple[bool, ...]
    same: tuple[int, ...]
    started: bool
    last: bool

    @cached_property
    def reverse(self) -> Reverse:
        """The step going back."""
        return reversed_step(self.step)

    @cached_property
    def ahead(self) -> int:
        """How many more results are kept if all that gradients are multiplied with, or chosen by, is computed before them.

        Slopes and derivatives of exponentials follow from kept results alone; what is used for nothing else is dropped then.
        """
        reverse, gradients, varying = self.reverse, set[int](), set(self.reverse.kept)
        for number, operation in enumerate(reverse.operations):
            if operation.name in ("upstream", "late") or gradients.intersection(operation.operands):
                gradients.add(number)
            elif operation.name in ("current", "before") or varying.intersection(operation.operands):
                varying.add(number)
        used = needed_for(reverse.operations, (*reverse.currents, *reverse.before, *reverse.given), stop=reverse.kept)
        taken = {each for number in gradients.intersection(used) for each in reverse.operations[number].operands}
        return max(0, len(taken.intersection(varying)) - len(reverse.kept))

    @cached_property
    def constants(self) -> tuple[float, ...]:
        """The constants of the step: its own, and b, scale and levels of each firing."""
        firings = (x for f in self.step.firings for x in (f.b, scale(f.surrogate, f.b), float(f.levels)))
        return *self.step.constants, *firings

    @property
    def sums(self) -> int:
        """How many sums for each channel the way back gives: of the given numbers, and of each current and its normed terms."""
        return len(self.step.given) + len(self.counts) + sum(self.normed)

    @cached_property
    def rows_of_norms(self) -> list[tuple[int, int]]:
        """For each norm the numbers of two of these sums: its current's and its own."""
        found, row = list[tuple[int, int]](), len(self.step.given)
        for terms in self.terms_of:
            own = [row + 1 + k for k in range(sum(self.normed[term] for term in terms))]
            found += [(row, each) for each in own]
            row += 1 + len(own)
        return found

    @property
    def written(self) -> list[int]:
        """The terms whose gradients are written."""
        return [k for k, first in enumerate(self.same) if k == first]

    @property
    def terms_of(self) -> list[list[int]]:
        """The numbers of each current's terms."""
        each = iter(range(len(self.normed)))
        return [[next(each) for _ in range(count)] for count in self.counts]


def same_gradients(counts: Sequence[int], normed: Sequence[bool], types: Sequence[object]) -> tuple[int, ...]:
    """What `Form.same` says of terms of these types."""
    currents = [current for current, count in enumerate(counts) for _ in range(count)]
    kinds = [
        (k,) if has else (current, kind) for k, (current, has, kind) in enumerate(zip(currents, normed, types, strict=True))
    ]
    return tuple(map(kinds.index, kinds))


def supported(step: Step) -> bool:
    """Whether all operations of a step have Triton's text."""
    return all(firing.surrogate in SURROGATES for firing in step.firings)
