"""What the text of kernels depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from spikegraph.backends.torch.native.surrogates import GENERATED_SURROGATES, scale
from spikegraph.equations.operations import needed_for
from spikegraph.equations.reverse import Reverse, kept_for, reversed_step
from spikegraph.equations.step import Step

SURROGATES = (*GENERATED_SURROGATES, "open_rectangular")
"""Those that `functions.py` has."""


@dataclass(frozen=True)
class Back:
    """What a kernel that goes back computes of each step.

    Attributes:
        roots: The gradients that it needs, as numbers of operations.
        kept: The results of the step that they follow from.
        ahead: How many more results are kept if all that gradients are multiplied with, or chosen by, is computed first:
            slopes and derivatives of exponentials follow from kept results alone; what serves nothing else is dropped then.
    """

    roots: tuple[int, ...]
    kept: tuple[int, ...]
    ahead: int

    @classmethod
    def of(cls, form: "Form", *, given: bool) -> "Back":
        """That of a kernel which sums the gradients of given numbers, or doesn't."""
        reverse = form.reverse
        roots = (*reverse.currents, *reverse.before, *(reverse.given if given else ()))
        kept = kept_for(form.step, reverse.operations, roots)
        gradients, varying = set[int](), set(kept)
        for number, operation in enumerate(reverse.operations):
            if operation.name in ("upstream", "late") or gradients.intersection(operation.operands):
                gradients.add(number)
            elif operation.name in ("current", "before") or varying.intersection(operation.operands):
                varying.add(number)
        used = needed_for(reverse.operations, roots, stop=kept)
        taken = {each for number in gradients.intersection(used) for each in reverse.operations[number].operands}
        return cls(roots, kept, max(0, len(taken.intersection(varying)) - len(kept)))


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

    def back(self, *, sums: bool) -> Back:
        """What a kernel that goes back computes, with sums or without."""
        return self._backs[sums]

    @cached_property
    def _backs(self) -> tuple[Back, Back]:
        without = Back.of(self, given=False)
        return without, Back.of(self, given=True) if self.step.given else without

    @cached_property
    def constants(self) -> tuple[float, ...]:
        """The constants of the step: its own, and b, scale and levels of each firing."""
        firings = (x for f in self.step.firings for x in (f.b, scale(f.surrogate, f.b), float(f.levels)))
        return *self.step.constants, *firings

    @property
    def sums(self) -> int:
        """How many sums of each channel the way back gives: of given numbers, each current with norms, and its normed terms."""
        return len(self.step.given) + sum(1 + len(normed) for normed in self.normed_of if normed)

    @cached_property
    def rows_of_norms(self) -> list[tuple[int, int]]:
        """For each norm the numbers of two of these sums: its current's and its own."""
        return rows_of_norms(len(self.step.given), self.normed_of)

    @property
    def written(self) -> list[int]:
        """The terms whose gradients are written."""
        return [k for k, first in enumerate(self.same) if k == first]

    @property
    def terms_of(self) -> list[list[int]]:
        """The numbers of each current's terms."""
        each = iter(range(len(self.normed)))
        return [[next(each) for _ in range(count)] for count in self.counts]

    @cached_property
    def normed_of(self) -> list[list[int]]:
        """The numbers of each current's terms that have norms."""
        return normed_terms(self.counts, self.normed)


def normed_terms(counts: Sequence[int], normed: Sequence[bool]) -> list[list[int]]:
    """What `Form.normed_of` says of terms."""
    each = iter(range(len(normed)))
    return [[k for k in islice(each, count) if normed[k]] for count in counts]


def rows_of_norms(given: int, normed: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """What `Form.rows_of_norms` says for this many given numbers, and the terms of each current that have norms."""
    found, row = list[tuple[int, int]](), given
    for terms in filter(None, normed):
        found += [(row, row + 1 + k) for k in range(len(terms))]
        row += 1 + len(terms)
    return found


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
