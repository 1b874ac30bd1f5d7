"""Neurons whose model is text: one time step, line by line, as docs/language.md says (`model`).

It reads the lines as they are written, and knows nothing of how they are prepared for other programs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Leak, Mixed, Number, Reset, Term, Value
from spikegraph.ir.neuron import Neuron
from spikegraph.meaning.call import Array
from spikegraph.meaning.error_function import error_function


@dataclass
class Lines:
    """A time step of neurons.

    Attributes:
        neuron: What the spec says of them.
        numbers: Their numbers; one for each channel is [C, 1, ...].
        currents: The inputs by name, [N, C, *size] each.
        before: The states after the step before.
        values: The lines so far, by name.
        fires: The potentials and thresholds of `fire` so far, with the levels.
    """

    neuron: Neuron
    numbers: Mapping[str, Array]
    currents: Mapping[str, Array]
    before: Mapping[str, Array]
    values: dict[str, Array] = field(default_factory=dict[str, Array])
    fires: list[tuple[Array, Array, Fire]] = field(default_factory=list[tuple[Array, Array, Fire]])

    def of(self, term: Term) -> Array:
        """The value of a term."""
        match term:
            case Constant(value):
                return np.asarray(value)
            case Number(name):
                return self.numbers[name]
            case Current(name):
                return self.currents[name]
            case Before(name):
                return self.before[name]
            case Value(name):
                return self.values[name]
            case Apply(function, operands):
                return _FUNCTIONS[function](*(self.of(each) for each in operands))
            case Leak(value, decay):
                return self.of(value) if self.neuron.reset == "late" else self.of(decay) * self.of(value)
            case Mixed(weights, value):
                each = np.broadcast_to(self.of(value), next(iter(self.currents.values())).shape)
                return np.tensordot(self.numbers[weights], each, axes=([1], [0]))
            case Fire():
                return self._fired(term)
            case Reset():
                return self._kept(term)

    def _fired(self, fire: Fire) -> Array:
        """How many multiples k * threshold the potential is above, or has reached, k = 1 to `levels`; or the nearest k."""
        u, threshold = self.of(fire.potential), self.of(fire.threshold)
        if not self.neuron.fires:
            return np.zeros_like(u)
        levels, at = fire.levels or self.neuron.levels, fire.at or self.neuron.spike_at
        self.fires.append((u, threshold, Fire(fire.potential, fire.threshold, levels, at)))
        if at == "nearest":
            return np.clip(np.rint(u / threshold), 0, levels)
        reaches = np.greater_equal if at == "reached" else np.greater
        return sum((np.where(reaches(u, k * threshold), 1.0, 0.0) for k in range(1, levels + 1)), np.zeros_like(u))

    def _kept(self, reset: Reset) -> Array:
        """What remains of a potential: a hard reset sets it to 0 or to `to`, others subtract; a late one decays before."""
        u, y = self.of(reset.potential), self.of(reset.spikes)
        if self.neuron.reset == "late" and reset.leak is not None:
            u = self.of(reset.leak) * u
        if not self.neuron.fires:
            return u
        if self.neuron.reset == "hard":
            return np.where(y != 0, 0.0 if reset.to is None else self.of(reset.to), u)
        return u - self.of(reset.by) * y


def step(
    neuron: Neuron, numbers: Mapping[str, Array], currents: Sequence[Array], state: dict[str, Array]
) -> tuple[Array, Array, Lines]:
    """One time step: the potential, the result and the lines; the state is replaced."""
    equations = neuron.equations
    assert equations is not None
    shape = currents[0].shape
    lines = Lines(neuron, numbers, dict(zip(neuron.inputs, currents, strict=True)), {})
    begin = {s.name: np.broadcast_to(lines.of(s.initial), shape) for s in equations.states}
    lines.before = {**begin, **state}
    for line in equations.lines:
        lines.values[line.name] = lines.of(line.term)
    for each in equations.states:
        state[each.name] = np.broadcast_to(lines.values[each.name], shape)
    u = np.broadcast_to(lines.values[equations.instead], shape)
    return u, np.broadcast_to(lines.values[equations.emitted], shape) if neuron.spikes else u, lines


def crossing(
    neuron: Neuron, numbers: Mapping[str, Array], currents: Sequence[Array], state: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Of the potentials that fire, each neuron's nearest to where its number of spikes changes, and that place."""
    shape, found = currents[0].shape, None
    for potential, threshold, fire in step(neuron, numbers, currents, dict(state))[2].fires:
        u, levels = np.broadcast_to(potential, shape), fire.levels or 1
        shift = 0.5 if fire.at == "nearest" else 0.0
        multiple = np.ones(()) if levels == 1 else np.clip(np.rint(u / threshold + shift), 1, levels)
        place = np.broadcast_to((multiple - shift) * threshold, shape)
        if found is None:
            found = u, place
        else:
            nearer = np.abs(u - place) < np.abs(found[0] - found[1])
            found = np.where(nearer, u, found[0]), np.where(nearer, place, found[1])
    return (np.zeros(shape), np.full(shape, np.inf)) if found is None else found


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(x, -700, None)))


def _relu(x: Array) -> Array:
    return np.where(x > 0, x, 0.0)


def _same(x: Array) -> Array:
    return x


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "neg": np.negative,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "relu": _relu,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "erf": error_function,
    "exp": np.exp,
    "log": np.log,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "clamp": np.clip,
    "sin": np.sin,
    "cos": np.cos,
    "sqrt": np.sqrt,
    "where": np.where,
    "detach": _same,
    "straight": _same,
    "round": np.rint,
    "floor": np.floor,
}
