"""How far rounding may move what a model's text computes: a running error analysis of its lines.

N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Leak, Mixed, Number, Reset, Term, Value
from spikegraph.ir.neuron import Neuron
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.texts import Lines, step

ULPS = 4
"""Units in the last place by which functions such as `exp` may be wrong."""


@dataclass(frozen=True)
class Moved:
    """How far rounding may move the potentials that fire, the states after the step by name, and a result without spikes."""

    potential: Array
    states: Mapping[str, Array]
    result: Array


def moved(
    neuron: Neuron,
    numbers: Mapping[str, Array],
    currents: Sequence[Array],
    state: Mapping[str, Array],
    one: float,
    errors: Sequence[Array] = (),
) -> Moved:
    """The bounds of one time step in arithmetic whose operations are wrong by `one` relative to their results.

    Spikes are taken as they are: where rounding decides them is asked elsewhere.
    """
    equations = neuron.equations
    assert equations is not None
    lines, shape = step(neuron, numbers, currents, dict(state))[2], currents[0].shape
    bounds = _Bounds(lines, one, dict(zip(neuron.inputs, errors, strict=False)))
    for line in equations.lines:
        bounds.lines[line.name] = bounds.of(line.term)
    potential = np.zeros(shape)
    for each in bounds.potentials:
        potential = np.maximum(potential, each)
    states = {s.name: np.broadcast_to(bounds.lines[s.name], shape) for s in equations.states}
    return Moved(potential, states, np.broadcast_to(bounds.lines[equations.instead], shape))


class _Bounds:
    def __init__(self, lines: Lines, one: float, errors: Mapping[str, Array]) -> None:
        self.values, self.one, self.errors = lines, one, errors
        self.lines: dict[str, Array] = {}
        self.potentials: list[Array] = []

    def of(self, term: Term) -> Array:
        """How far rounding may move a term."""
        match term:
            case Constant() | Before():
                return np.zeros(())
            case Current(name):
                return self.errors.get(name, np.zeros(()))
            case Number():
                return self.one * np.abs(self.values.of(term))
            case Value(name):
                return self.lines[name]
            case Leak(value, decay):
                return self.of(value) if self.values.neuron.reset == "late" else self._product(decay, value)
            case Fire(potential, threshold):
                u, limit = self.of(potential), self.of(threshold)
                self.potentials.append(u + limit + self.one * np.abs(self.values.of(threshold)))
                return np.zeros(())
            case Reset():
                return self._kept(term)
            case Mixed(weights, value):
                shape = next(iter(self.values.currents.values())).shape
                w, x = np.abs(self.values.numbers[weights]), np.broadcast_to(np.abs(self.values.of(value)), shape)
                bound = self.of(value) + (len(w) + 1) * self.one * x
                return np.tensordot(w, np.broadcast_to(bound, x.shape), axes=([1], [0]))
            case Apply("*", (a, b)):
                return self._product(a, b)
            case Apply("/", (a, b)):
                x, y = self.values.of(a), np.abs(self.values.of(b))
                own = self.of(a) / y + np.abs(x) * self.of(b) / y**2
                return own + self._own(term)
            case Apply("exp", (a,)):
                return np.abs(self.values.of(term)) * self.of(a) + ULPS * self._own(term)
            case Apply("where", (_, a, b)):
                return np.maximum(self.of(a), self.of(b))
            case Apply(name, operands) if name in _SLOPES:
                return _SLOPES[name](np.abs(self.values.of(operands[0]))) * self.of(operands[0]) + ULPS * self._own(term)
            case Apply(("+" | "-"), operands):
                return sum((self.of(each) for each in operands), np.zeros(())) + self._own(term)
            case Apply(_, operands):
                return sum((self.of(each) for each in operands), np.zeros(()))

    def _product(self, a: Term, b: Term) -> Array:
        x, y = np.abs(self.values.of(a)), np.abs(self.values.of(b))
        return x * self.of(b) + y * self.of(a) + self.one * x * y

    def _kept(self, reset: Reset) -> Array:
        u = self.of(reset.potential) + 2 * self.one * np.abs(self.values.of(reset.potential))
        by = self.of(reset.by) + 2 * self.one * np.abs(self.values.of(reset.by) * self.values.of(reset.spikes))
        return u + by + (0 if reset.to is None else self.one * np.abs(self.values.of(reset.to)))

    def _own(self, term: Term) -> Array:
        """The rounding of a result."""
        return self.one * np.abs(self.values.of(term))


def _flat(x: Array) -> Array:
    return np.ones_like(x)


def _steep(x: Array) -> Array:
    return np.full_like(x, 1.13)


def _quarter(x: Array) -> Array:
    return np.full_like(x, 0.25)


def _root(x: Array) -> Array:
    return 0.5 / np.sqrt(np.maximum(x, 1e-30))


def _logarithm(x: Array) -> Array:
    return 1 / np.maximum(x, 1e-30)


_SLOPES: Mapping[str, Callable[[Array], Array]] = {
    "sigmoid": _quarter,
    "tanh": _flat,
    "erf": _steep,
    "log": _logarithm,
    "sin": _flat,
    "cos": _flat,
    "sqrt": _root,
}
"""Bounds of the derivatives of functions, from the size of their operand."""
