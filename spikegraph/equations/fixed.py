"""Terms that are the same at every step: of learned numbers, constants, and lines of such terms."""

from collections.abc import Hashable, Sequence

from spikegraph.equations.operations import MASKS
from spikegraph.equations.terms import Apply, Constant, Number, Term, Value


class Fixed:
    """The lines that are the same at every step, and the terms of them that a step is given.

    A line stays a line: put in the place of its name it would double where it is named twice, and so would the lines that name
    these. Terms are compared by numbers, of which equal ones have the same, whether they name a line or spell it.

    Attributes:
        lines: The lines, in order.
        given: The terms, in order.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[str, Term]] = []
        self.given: list[Term] = []
        self._constants: dict[str, Constant] = {}
        self._by_name: dict[str, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._places: dict[Hashable, int] = {}

    def line(self, name: str, term: Term) -> bool:
        """Whether a line is fixed, which is noted then."""
        number = self._number(term)
        if number is None:
            return False
        self.lines.append((name, term))
        self._by_name[name] = number
        constant = self.constant(term)
        if constant is not None:
            self._constants[name] = constant
        return True

    def constant(self, term: Term) -> Constant | None:
        """The constant that a term is; None if it is something else."""
        return term if isinstance(term, Constant) else self._constants.get(term.name) if isinstance(term, Value) else None

    def place(self, term: Term, *, straight: bool) -> int | None:
        """The place of a fixed term among those that are given, where it is added if it isn't there; None if it isn't fixed.

        With `straight` its own `round` and `floor` have gradient 1, but not those of lines that it names.
        """
        number = self._number(term)
        if number is None:
            return None
        key = ("straight", term) if straight else number
        if key not in self._places:
            self._places[key] = len(self.given)
            self.given.append(Apply("straight", (term,)) if straight else term)
        return self._places[key]

    def _number(self, term: Term) -> int | None:
        match term:
            case Constant() | Number():
                return self._kept(term)
            case Value(name):
                return self._by_name.get(name)
            case Apply(name, operands) if name not in MASKS:
                if all(self.constant(each) is not None for each in operands):
                    return None
                condition = (self._condition(operands[0]),) if name == "where" else ()
                return self._joined(name, (*condition, *(self._number(each) for each in operands[len(condition) :])))
            case _:
                return None

    def _condition(self, term: Term) -> int | None:
        match term:
            case Apply(("and" | "or" | "not") as name, operands):
                return self._joined(name, [self._condition(each) for each in operands])
            case Apply(name, operands) if name in MASKS:
                return self._joined(name, [self._number(each) for each in operands])
            case _:
                return None

    def _joined(self, name: str, operands: Sequence[int | None]) -> int | None:
        return None if None in operands else self._kept((name, *operands))

    def _kept(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))
