"""The gradients of a time step: its operations in reverse, each with its derivative."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.equations.operations import LEAVES, MASKS, Operation, Operations, needed_for
from spikegraph.equations.step import Step

CHEAP = frozenset(("+", "-", "*", "neg", "where", "relu", "abs", "min", "max", "detach", "fire", *MASKS))
"""Operations that are rather computed again than kept."""


@dataclass(frozen=True)
class Reverse:
    """A time step going back.

    Attributes:
        operations: Those of the step, and behind them those of its gradients.
        kept: Those of the step whose results must be known; from these all others that are used follow.
        currents: The gradients of the currents.
        before: Those of the states before the step.
        given: Those of given numbers, to be summed over all steps.
    """

    operations: tuple[Operation, ...]
    kept: tuple[int, ...]
    currents: tuple[int, ...]
    before: tuple[int, ...]
    given: tuple[int, ...]


def reversed_step(step: Step) -> Reverse:
    """The gradients of a step's currents, states and given numbers by those of its result and of the states after it.

    `where` and comparisons give none to their condition, `fire` the surrogate's. At a kink relu, abs and clamp have gradient 0,
    and min and max of equal ones give it to the second.
    """
    made = Operations(list(step.operations), {operation: k for k, operation in enumerate(step.operations)})
    gradients = _Gradients(made)
    gradients.give(step.result, made.add("upstream"))
    for k, after in enumerate(step.after):
        gradients.give(after, made.add("late", index=k))
    for number in reversed(range(len(step.operations))):
        operation = step.operations[number]
        found = gradients.of.get(number)
        if found is not None and operation.name not in LEAVES:
            DERIVATIVES[operation.name](gradients, number, operation, found)

    def of(name: str, index: int) -> int:
        number = made.numbers.get(Operation(name, (), index))
        found = None if number is None else gradients.of.get(number)
        return made.add("zero") if found is None else found

    currents = tuple(of("current", k) for k in range(step.inputs))
    before = tuple(of("before", k) for k in range(len(step.after)))
    given = tuple(of("given", k) for k in range(len(step.given)))
    operations = tuple(made.all)
    kept = kept_for(step, operations, (*currents, *before, *given))
    return Reverse(operations, kept, currents, before, given)


def kept_for(step: Step, operations: Sequence[Operation], roots: Sequence[int]) -> tuple[int, ...]:
    """What to keep of a step for these results of its operations in reverse: what can't be computed again, at little cost."""
    forward = len(step.operations)
    used = [k for k in needed_for(operations, roots, stop=range(forward)) if k < forward]
    masks = [k for k in used if operations[k].name in MASKS]
    used = sorted({*used, *(k for k in needed_for(operations, masks) if k not in masks)} - set(masks)) if masks else used
    available = {k for k in range(forward) if operations[k].name in ("constant", "given", "zero", "one")}
    kept: list[int] = []
    wanted = set(used)
    for number in range(forward):
        operation = operations[number]
        again = operation.name in CHEAP and all(k in available for k in operation.operands)
        if number in available or again:
            available.add(number)
        elif number in wanted:
            kept.append(number)
            available.add(number)
    return tuple(kept)


class _Gradients:
    """The gradients of operations as far as they are known."""

    def __init__(self, operations: Operations) -> None:
        self.add = operations.add
        self.of: dict[int, int] = {}

    def give(self, number: int, gradient: int) -> None:
        """Adds to the gradient of an operation."""
        before = self.of.get(number)
        self.of[number] = gradient if before is None else self.add("+", before, gradient)

    def where(self, condition: int, x: int | None, y: int | None) -> int:
        """`where`, with None for 0."""
        return self.add("where", condition, *(self.add("zero") if each is None else each for each in (x, y)))


Derivative = Callable[[_Gradients, int, Operation, int], None]
"""(gradients, number, operation, gradient of its result): gives its operands their gradients."""


def _sum(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    for each in operation.operands:
        g.give(each, grad)


def _difference(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    x, y = operation.operands
    g.give(x, grad)
    g.give(y, g.add("neg", grad))


def _product(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    x, y = operation.operands
    g.give(x, g.add("*", grad, y))
    g.give(y, g.add("*", grad, x))


def _quotient(g: _Gradients, number: int, operation: Operation, grad: int) -> None:
    x, y = operation.operands
    to_x = g.add("/", grad, y)
    g.give(x, to_x)
    g.give(y, g.add("neg", g.add("*", to_x, number)))


def _fire(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    u, threshold, *width = operation.operands
    to_u = g.add("*", grad, g.add("slope", *operation.operands, index=operation.index))
    g.give(u, to_u)
    g.give(threshold, g.add("neg", to_u))
    if width:
        g.give(width[0], g.add("*", grad, g.add("slope by b", *operation.operands, index=operation.index)))


def _count(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    u, threshold, *width = operation.operands

    def of(name: str) -> int:
        return g.add("*", grad, g.add(name, *operation.operands, index=operation.index))

    g.give(u, of("slopes"))
    g.give(threshold, g.add("neg", of("slopes by threshold")))
    if width:
        g.give(width[0], of("slopes by b"))


def _where(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    condition, x, y = operation.operands
    g.give(x, g.where(condition, grad, None))
    g.give(y, g.where(condition, None, grad))


def _chosen_by(comparison: str) -> Derivative:
    def give(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
        x, y = operation.operands
        condition = g.add(comparison, x, y)
        g.give(x, g.where(condition, grad, None))
        g.give(y, g.where(condition, None, grad))

    return give


def _clamp(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    x, low, high = operation.operands
    g.give(x, g.where(g.add("and", g.add(">", x, low), g.add("<", x, high)), grad, None))


def _abs(g: _Gradients, _: int, operation: Operation, grad: int) -> None:
    (x,) = operation.operands
    zero = g.add("zero")
    below = g.where(g.add("<", x, zero), g.add("neg", grad), None)
    g.give(x, g.where(g.add(">", x, zero), grad, below))


def _times(factor: Callable[[_Gradients, int, int], int]) -> Derivative:
    """A derivative that is the gradient times a factor, made from the numbers of x and of the result."""

    def give(g: _Gradients, number: int, operation: Operation, grad: int) -> None:
        g.give(operation.operands[0], g.add("*", grad, factor(g, operation.operands[0], number)))

    return give


def _through(make: Callable[[_Gradients, int, int, int], int]) -> Derivative:
    """A derivative that is made from the numbers of the gradient, of x, and of the result."""

    def give(g: _Gradients, number: int, operation: Operation, grad: int) -> None:
        g.give(operation.operands[0], make(g, grad, operation.operands[0], number))

    return give


def _none(_: _Gradients, __: int, ___: Operation, ____: int) -> None:
    """No gradient."""


DERIVATIVES: Mapping[str, Derivative] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "neg": _through(lambda g, grad, _, __: g.add("neg", grad)),
    "fire": _fire,
    "count": _count,
    "where": _where,
    "min": _chosen_by("<"),
    "max": _chosen_by(">"),
    "clamp": _clamp,
    "abs": _abs,
    "relu": _through(lambda g, grad, _, y: g.where(g.add(">", y, g.add("zero")), grad, None)),
    "sigmoid": _times(lambda g, _, y: g.add("*", y, g.add("-", g.add("one"), y))),
    "tanh": _times(lambda g, _, y: g.add("-", g.add("one"), g.add("*", y, y))),
    "erf": _times(lambda g, x, _: g.add("slope of erf", x)),
    "exp": _times(lambda _, __, y: y),
    "log": _through(lambda g, grad, x, _: g.add("/", grad, x)),
    "sin": _times(lambda g, x, _: g.add("cos", x)),
    "cos": _through(lambda g, grad, x, _: g.add("neg", g.add("*", grad, g.add("sin", x)))),
    "sqrt": _through(lambda g, grad, _, y: g.add("/", grad, g.add("+", y, y))),
    "straight round": _through(lambda _, grad, __, ___: grad),
    "straight floor": _through(lambda _, grad, __, ___: grad),
    "round": _none,
    "floor": _none,
    "detach": _none,
}
"""By name."""
