"""The equations of one neuron: its constants in their places, and `fire`, `reset` and `leak` as its keys say."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from spikegraph.base.record import record
from spikegraph.equations.functions import exp, sigmoid
from spikegraph.equations.model import Equations, Line, State
from spikegraph.equations.terms import Apply, Constant, Fire, Leak, Mixed, Number, Reset, Term, Value

ONE = Constant(1.0)
ZERO = Constant(0.0)


@record
class Keys:
    """What a neuron says of its model.

    Attributes:
        constants: Its numbers by name, without those that are learned.
        reset: `hard`, `soft` or `late`.
        detach_reset: Whether no gradient flows through the reset.
        fires: If false, it never fires.
        levels: Its most spikes of a step.
        spike_at: Which multiples of the threshold count.
    """

    constants: Mapping[str, float]
    reset: str = "hard"
    detach_reset: bool = False
    fires: bool = True
    levels: int = 1
    spike_at: str = "above"


def expanded(equations: Equations, keys: Keys) -> Equations:
    """The lines of a neuron, without `Reset`, `Leak` and its constants' names, and with every number that can be known.

    Expressions of constants alone are computed in float64. Nothing else is moved or left out: what remains is computed in the
    order of the text.
    """
    expand = _Expansion(keys)
    states = tuple(State(s.name, expand.term(s.initial)) for s in equations.states)
    lines = tuple(Line(line.name, expand.line(line.name, line.term)) for line in equations.lines)
    bound = keys.levels if equations.bound is None else equations.bound
    return replace(equations, states=states, lines=lines, bound=bound)


class _Expansion:
    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.known: dict[str, Constant] = {}

    def line(self, name: str, term: Term) -> Term:
        found = self.term(term)
        if isinstance(found, Constant):
            self.known[name] = found
        return found

    def term(self, term: Term) -> Term:
        keys = self.keys
        match term:
            case Number(name) if name in keys.constants:
                return Constant(keys.constants[name])
            case Apply("where", (condition, x, y)):
                chosen = self.condition(condition)
                if isinstance(chosen, bool):
                    return self.term(x if chosen else y)
                return Apply("where", (chosen, self.term(x), self.term(y)))
            case Apply("clamp", (x, low, high)):
                return _limited(self.term(x), self.term(low), self.term(high))
            case Apply(function, operands):
                return folded(function, tuple(self.term(each) for each in operands))
            case Fire(potential, threshold, levels, at):
                if not keys.fires:
                    return ZERO
                made = (self.term(potential), self.term(threshold))
                return Fire(*made, keys.levels if levels is None else levels, at or keys.spike_at, term.surrogate)
            case Leak(value, decay):
                before = self.term(value)
                return before if keys.reset == "late" else folded("*", (self.term(decay), before))
            case Reset():
                return self._reset(term)
            case Mixed(weights, value):
                return Mixed(weights, self.term(value))
            case Value(name) if name in self.known:
                return self.known[name]
            case _:
                return term

    def condition(self, term: Term) -> Term | bool:
        """A condition, or whether it holds if its constants decide that."""
        match term:
            case Apply("not", (operand,)):
                found = self.condition(operand)
                return not found if isinstance(found, bool) else Apply("not", (found,))
            case Apply(("and" | "or") as name, operands):
                decides, found = name == "or", [self.condition(each) for each in operands]
                open_ends = tuple(each for each in found if not isinstance(each, bool))
                if decides in found or not open_ends:
                    return decides if decides in found else not decides
                return open_ends[0] if len(open_ends) == 1 else Apply(name, open_ends)
            case Apply(name, operands):
                made = tuple(self.term(each) for each in operands)
                values = [each.value for each in made if isinstance(each, Constant)]
                return bool(_COMPARED[name](*values)) if len(values) == len(made) else Apply(name, made)
            case _:
                raise TypeError(f"{type(term).__name__} is no condition")

    def _reset(self, reset: Reset) -> Term:
        keys = self.keys
        u = self.term(reset.potential)
        if keys.reset == "late" and reset.leak is not None:
            u = folded("*", (self.term(reset.leak), u))
        if not keys.fires:
            return u
        hard = keys.reset == "hard"
        y = self.term(reset.once if hard and (reset.several or keys.levels > 1) else reset.spikes)
        y = Apply("detach", (y,)) if keys.detach_reset else y
        if not hard:
            return folded("-", (u, folded("*", (self.term(reset.by), y))))
        kept = folded("*", (u, folded("-", (ONE, y))))
        return kept if reset.to is None else folded("+", (kept, folded("*", (self.term(reset.to), y))))


def folded(function: str, operands: tuple[Term, ...]) -> Term:
    """A term, or its value if all its operands are constants and it has one."""
    values = [each.value for each in operands if isinstance(each, Constant)]
    if len(values) == len(operands) and function in _OF_CONSTANTS:
        try:
            return Constant(float(_OF_CONSTANTS[function](*values)))
        except (ValueError, OverflowError, ZeroDivisionError):
            return Apply(function, operands)
    return Apply(function, operands)


def _limited(x: Term, low: Term, high: Term) -> Term:
    """`clamp`; of ends that cross the high one counts, which backends needn't know."""
    crossed = isinstance(low, Constant) and isinstance(high, Constant) and low.value > high.value
    return folded("clamp", (x, high if crossed else low, high))


def _quotient(a: float, b: float) -> float:
    return a / b


def _relu(a: float) -> float:
    return max(a, 0.0)


def _clamp(a: float, low: float, high: float) -> float:
    return min(max(a, low), high)


def _same(a: float) -> float:
    return a


_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_OF_CONSTANTS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "neg": operator.neg,
    "relu": _relu,
    "sigmoid": sigmoid,
    "tanh": math.tanh,
    "erf": math.erf,
    "exp": exp,
    "log": math.log,
    "abs": abs,
    "min": min,
    "max": max,
    "clamp": _clamp,
    "sin": math.sin,
    "cos": math.cos,
    "sqrt": math.sqrt,
    "detach": _same,
    "straight": _same,
    "round": round,
    "floor": math.floor,
}
