"""A time step as a list of operations, each on results of earlier ones: what kernels are generated from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LEAVES = ("current", "before", "constant", "given", "upstream", "late", "zero", "one")
"""Operations without operands: a current, a state before the step, a constant, a number that is given for each layer or
channel; going back the gradients of the result and of a state after the step; 0 and 1."""

MASKS = (">", ">=", "<", "<=", "and", "or", "not")
"""Operations whose results are true or false."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    Attributes:
        name: A function of `FUNCTIONS` but `straight`, an operator, a comparison, one of `LEAVES`, or one of those that only
            kernels know: `fire`, and its derivative `slope` by the potential; `count` of several multiples, and its derivatives
            `slopes` by the potential and, without its sign, `slopes by threshold`; `straight round` and `straight floor`, whose
            gradient is 1; `slope of erf`, the derivative of `erf`.
        operands: The numbers of earlier operations.
        index: Which current, constant, state, given number or firing.
    """

    name: str
    operands: tuple[int, ...] = ()
    index: int = 0


@dataclass
class Operations:
    """A list of operations that grows; equal ones are computed once."""

    all: list[Operation] = field(default_factory=list[Operation])
    numbers: dict[Operation, int] = field(default_factory=dict[Operation, int])

    def add(self, name: str, *operands: int, index: int = 0) -> int:
        """The number of an operation."""
        operation = Operation(name, operands, index)
        if operation not in self.numbers:
            self.numbers[operation] = len(self.all)
            self.all.append(operation)
        return self.numbers[operation]


def needed_for(operations: Sequence[Operation], roots: Iterable[int], stop: Iterable[int] = ()) -> list[int]:
    """The operations from which the results `roots` follow, in order; those of `stop` are known and need no others."""
    found: set[int] = set()
    known, open_ends = set(stop), list(roots)
    while open_ends:
        number = open_ends.pop()
        if number not in found:
            found.add(number)
            open_ends += () if number in known else operations[number].operands
    return sorted(found)
