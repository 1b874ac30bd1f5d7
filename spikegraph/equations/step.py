"""The operations of a time step of expanded equations."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.equations.fixed import Fixed
from spikegraph.equations.functions import FUNCTIONS
from spikegraph.equations.model import Equations
from spikegraph.equations.operations import MASKS, Operation, Operations
from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Term, Value

Surrogate = tuple[str, float]
"""Name and b."""


class UnsupportedStepError(ValueError):
    """Equations that have no list of operations; the message says why."""


@dataclass(frozen=True)
class Firing:
    """How a potential fires: the surrogate, the most spikes of a step, and which multiples of the threshold count."""

    surrogate: str
    b: float
    levels: int
    at: str

    @property
    def several(self) -> bool:
        """Whether it counts multiples of the threshold, and not only whether the potential is above it."""
        return self.levels > 1 or self.at == "nearest"


@dataclass(frozen=True)
class Step:
    """A time step.

    Attributes:
        inputs: How many currents it has.
        operations: The operations, in order.
        result: The number of the one whose result is emitted.
        after: Those that give the states after the step.
        constants: The numbers that are known.
        initial: The states before the first step.
        given: Terms of learned numbers, constants and fixed lines, which are computed once before all steps.
        firings: How potentials fire.
        fixed: The lines that these terms name, and which are the same at every step.
    """

    inputs: int
    operations: tuple[Operation, ...]
    result: int
    after: tuple[int, ...]
    constants: tuple[float, ...]
    initial: tuple[float, ...]
    given: tuple[Term, ...]
    firings: tuple[Firing, ...]
    fixed: tuple[tuple[str, Term], ...] = ()


@dataclass(frozen=True)
class Width:
    """b of a surrogate as a number that is given, not known.

    Attributes:
        b: The term that is b.
        scale: The one that is the factor in the surrogate's formula.
        learned: Whether b has a gradient.
    """

    b: Term
    scale: Term
    learned: bool


def step_of(equations: Equations, inputs: Sequence[str], result: str, surrogate: Surrogate, width: Width | None = None) -> Step:
    """The operations of a step, in the order of the lines.

    Args:
        equations: Expanded equations.
        inputs: The names of the currents.
        result: The line that is emitted.
        surrogate: That of lines that name none.
        width: Its b, if that is given.

    Raises:
        UnsupportedStepError: There is a term that has no operation, such as a sum over time.
    """
    made = _Lines(equations, inputs, surrogate, width)
    for line in equations.lines:
        made.line(line.name, line.term)
    initial = tuple(state.initial.value for state in equations.states if isinstance(state.initial, Constant))
    if len(initial) < len(equations.states):
        raise UnsupportedStepError("a state begins at a learned number")
    emitted, after = made.value(Value(result)), tuple(made.value(Value(state.name)) for state in equations.states)
    operations, fixed = tuple(made.operations.all), made.fixed
    known = tuple(made.constants), initial, tuple(fixed.given), tuple(made.firings), tuple(fixed.lines)
    return Step(len(inputs), operations, emitted, after, *known)


class _Lines:
    def __init__(self, equations: Equations, inputs: Sequence[str], surrogate: Surrogate, width: Width | None) -> None:
        self.inputs, self.surrogate, self.width = tuple(inputs), surrogate, width
        self.states = [state.name for state in equations.states]
        self.operations = Operations()
        self.lines: dict[str, int] = {}
        self.fixed = Fixed()
        self.constants: list[float] = []
        self.firings: dict[Firing, int] = {}

    def line(self, name: str, term: Term) -> None:
        if not self.fixed.line(name, term):
            self.lines[name] = self.value(term)

    def value(self, term: Term, *, straight: bool = False) -> int:
        """The operation that gives a term, which isn't a condition."""
        add = self.operations.add
        constant = self.fixed.constant(term)
        if constant is not None:
            self.constants.append(constant.value)
            return add("constant", index=len(self.constants) - 1)
        place = self.fixed.place(term, straight=straight)
        if place is not None:
            return add("given", index=place)
        match term:
            case Current(name):
                return add("current", index=self.inputs.index(name))
            case Before(name):
                return add("before", index=self.states.index(name))
            case Value(name):
                return self.lines[name]
            case Fire(potential, threshold):
                name, b = term.surrogate or self.surrogate
                firing = Firing(name, b, term.levels or 1, term.at or "above")
                index = self.firings.setdefault(firing, len(self.firings))
                name = "count" if firing.several else "fire"
                operands = (self.value(potential), self.value(threshold))
                return add(name, *operands, *(self.widths() if term.surrogate is None else ()), index=index)
            case Apply("straight", (operand,)):
                return self.value(operand, straight=True)
            case Apply("where", (condition, x, y)):
                chosen = self.condition(condition, straight)
                return add("where", chosen, self.value(x, straight=straight), self.value(y, straight=straight))
            case Apply(("round" | "floor") as name, (operand,)):
                return add(f"straight {name}" if straight else name, self.value(operand, straight=straight))
            case Apply(name, operands) if name in FUNCTIONS or name in ("+", "-", "*", "/", "neg"):
                return add(name, *(self.value(each, straight=straight) for each in operands))
            case _:
                raise UnsupportedStepError(f"{term} has no operation")

    def widths(self) -> tuple[int, ...]:
        """The operations that give b and the factor of the surrogate; none if b is known."""
        if self.width is None:
            return ()
        b = self.value(self.width.b)
        return b if self.width.learned else self.operations.add("detach", b), self.value(self.width.scale)

    def condition(self, term: Term, straight: bool) -> int:
        match term:
            case Apply(("and" | "or" | "not") as name, operands):
                return self.operations.add(name, *(self.condition(each, straight) for each in operands))
            case Apply(name, operands) if name in MASKS:
                return self.operations.add(name, *(self.value(each, straight=straight) for each in operands))
            case _:
                raise UnsupportedStepError(f"{term} is no condition")
