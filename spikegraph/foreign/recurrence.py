"""The recurrence of neurons in somebody's code, as a model of the language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Number, Term, Value
from spikegraph.foreign.numbers import number as written_number
from spikegraph.foreign.statements import Weight

_SIGNS = {"+": 1, "-": 1, "*": 2, "/": 2}
"""Operators, and how strongly they bind."""

_COMPARISONS = (">", ">=", "<", "<=")


@dataclass(frozen=True)
class Trained:
    """A number that the module trains.

    Attributes:
        name: Its name in the model.
        value: Its value now; the first one of several.
        per: Whether there is one for the layer, or one for each channel.
        weight: The module's tensor.
    """

    name: str
    value: float
    per: Literal["layer", "channel"]
    weight: Weight


@dataclass(frozen=True)
class Recurrence:
    """What a step computes.

    Attributes:
        inputs: The names of the currents.
        states: Names of states, with their values before the first step.
        numbers: The numbers that are trained.
        lines: Names and terms, in order.
        emitted: The name of the result.
        potential: The name of the potential that the result is the spikes of; None if it isn't spikes.
    """

    inputs: tuple[str, ...]
    states: tuple[tuple[str, float], ...]
    numbers: tuple[Trained, ...]
    lines: tuple[tuple[str, Term], ...]
    emitted: str
    potential: str | None

    @property
    def fires(self) -> tuple[Fire, ...]:
        """The terms in which it fires."""
        return tuple(fire for _, term in self.lines for fire in _fires(term))

    def text(self, name: str) -> str:
        """The declaration of a model."""
        numbers = [
            f"  number {n.name} = 0 in (-inf, inf) learned{' per channel' if n.per == 'channel' else ''}" for n in self.numbers
        ]
        states = [f"  state {state} = {written_number(value)}" for state, value in self.states]
        lines = [f"  {line} = {_written(term)}" for line, term in self.lines]
        emit = f"  emit {self.emitted}" + (f" else {self.potential}" if self.potential is not None else "")
        return "\n".join([f"model {name}({', '.join(self.inputs)}) {{", *numbers, *states, *lines, emit, "}", ""])


def parts_of(term: Term) -> tuple[Term, ...]:
    """The terms that a term of somebody's code consists of."""
    match term:
        case Fire(potential, threshold):
            return potential, threshold
        case Apply(_, operands):
            return operands
        case _:
            return ()


def _fires(term: Term) -> list[Fire]:
    found = [fire for part in parts_of(term) for fire in _fires(part)]
    return [*found, term] if isinstance(term, Fire) else found


def _written(term: Term, binds: int = 0) -> str:
    """A term as text; in brackets if what is around it binds as strongly."""
    match term:
        case Constant(value):
            text = written_number(value)
            return f"({text})" if value < 0 and binds else text
        case Number(name) | Current(name) | Value(name):
            return name
        case Before(name):
            return f"{name}[t-1]"
        case Fire(potential, threshold, _, at, surrogate):
            more = [] if at is None else [f"at = {at}"]
            more += [] if surrogate is None else [f"surrogate = {surrogate[0]}(b = {written_number(surrogate[1])})"]
            return f"fire({', '.join([_written(potential), _written(threshold), *more])})"
        case Apply("neg", (operand,)):
            text = f"-{_written(operand, 3)}"
            return f"({text})" if binds else text
        case Apply(name, (left, right)) if name in _SIGNS:
            own = _SIGNS[name]
            text = f"{_written(left, own - 1)} {name} {_written(right, own)}"
            return f"({text})" if own <= binds else text
        case Apply(name, (left, right)) if name in _COMPARISONS:
            return f"{_written(left, 1)} {name} {_written(right, 1)}"
        case Apply("not", (operand,)):
            return f"not ({_written(operand)})"
        case Apply(("and" | "or") as name, (left, right)):
            return f"({_written(left)}) {name} ({_written(right)})"
        case Apply(name, operands):
            return f"{name}({', '.join(map(_written, operands))})"
        case _:
            raise TypeError(f"{type(term).__name__} isn't made of code")


def replaced(term: Term, change: Callable[[Term], Term | None]) -> Term:
    """A term with other terms in place of some; what `change` gives None for is looked into."""
    found = change(term)
    if found is not None:
        return found
    match term:
        case Apply(name, operands):
            return Apply(name, tuple(replaced(o, change) for o in operands))
        case Fire(potential, threshold, levels, at, surrogate):
            return Fire(replaced(potential, change), replaced(threshold, change), levels, at, surrogate)
        case _:
            return term


def merged_currents(lines: list[tuple[str, Term]], inputs: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, Term]]]:
    """One current in place of several, and the lines with it, if they are only added, once, in one sum."""
    currents = [Current(name) for name in inputs]
    used = [part for _, term in lines for part in _leaves(term) if isinstance(part, Current)]
    if len(inputs) < 2 or sorted(c.name for c in used) != sorted(inputs):
        return inputs, lines

    def change(term: Term) -> Term | None:
        addends = _addends(term)
        if not all(c in addends for c in currents):
            return None
        rest = [a for a in addends if a not in currents]
        total: Term = currents[0]
        for k, addend in enumerate(rest):
            total = addend if k == 0 else Apply("+", (total, addend))
        return Apply("+", (total, currents[0])) if rest else total

    changed = [(name, replaced(term, change)) for name, term in lines]
    return (inputs, lines) if changed == lines else (inputs[:1], changed)


def _addends(term: Term) -> list[Term]:
    match term:
        case Apply("+", (left, right)):
            return [*_addends(left), *_addends(right)]
        case _:
            return [term]


def _leaves(term: Term) -> list[Term]:
    return [leaf for part in parts_of(term) for leaf in _leaves(part)] or [term]
