"""What a model's text gives if its currents and states are anywhere within bounds: arithmetic of ranges.

R. Moore, R. Kearfott, M. Cloud, Introduction to Interval Analysis (2009), chapters 2 and 5.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Leak, Mixed, Number, Reset, Term, Value
from spikegraph.ir.neuron import Neuron
from spikegraph.meaning.call import Array
from spikegraph.meaning.error_function import error_function
from spikegraph.meaning.rounding.bounded import UNKNOWN, Where


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, place by place; conditions are 0 or 1."""

    low: Array
    high: Array

    @classmethod
    def of(cls, *ends: Array) -> "Range":
        """The least range with these ends, none of which is beyond `UNKNOWN`."""
        found = [np.clip(end, -UNKNOWN, UNKNOWN) for end in np.broadcast_arrays(*ends)]
        return cls(np.min(found, 0), np.max(found, 0))

    @classmethod
    def exactly(cls, x: Array) -> "Range":
        """One number."""
        return cls(x, x)

    def through(self, function: Callable[[Array], Array]) -> "Range":
        """The range of a function that never falls."""
        return Range(function(self.low), function(self.high))


@dataclass
class _Step:
    """A time step of neurons, as `meaning.operations.texts.Lines` with ranges in place of numbers.

    Attributes:
        neuron: What the spec says of them.
        numbers: Their numbers; one for each channel is [C, 1, ...].
        currents: The inputs by name, [N, C, *size] each.
        before: The states after the step before.
        values: The lines so far, by name.
    """

    neuron: Neuron
    numbers: Mapping[str, Array]
    currents: Mapping[str, Range]
    before: Mapping[str, Range]
    values: dict[str, Range] = field(default_factory=dict[str, Range])

    def of(self, term: Term) -> Range:
        """The range of a term."""
        match term:
            case Constant(value):
                return Range.exactly(np.asarray(value))
            case Number(name):
                return Range.exactly(self.numbers[name])
            case Current(name):
                return self.currents[name]
            case Before(name):
                return self.before[name]
            case Value(name):
                return self.values[name]
            case Apply("*", (a, b)) if a == b:
                return _square(self.of(a))
            case Apply(function, operands):
                return _FUNCTIONS[function](*(self.of(each) for each in operands))
            case Leak(value, decay):
                return self.of(value) if self.neuron.reset == "late" else _times(self.of(decay), self.of(value))
            case Fire():
                return self._fired(term)
            case Reset():
                return self._kept(term)
            case Mixed():
                raise AssertionError("a model over time has no steps")

    def _fired(self, fire: Fire) -> Range:
        u, threshold = self.of(fire.potential), self.of(fire.threshold)
        if not self.neuron.fires:
            return Range.exactly(np.zeros_like(u.low))
        levels, at = fire.levels or self.neuron.levels, fire.at or self.neuron.spike_at
        if at == "nearest":
            return _over(u, threshold).through(lambda x: np.clip(np.rint(x), 0, levels))
        above = _reached if at == "reached" else _above
        total = Range.exactly(np.zeros_like(u.low))
        for k in range(1, levels + 1):
            total = _plus(total, above(u, _times(Range.exactly(np.asarray(float(k))), threshold)))
        return total

    def _kept(self, reset: Reset) -> Range:
        u, y = self.of(reset.potential), self.of(reset.spikes)
        if self.neuron.reset == "late" and reset.leak is not None:
            u = _times(self.of(reset.leak), u)
        if not self.neuron.fires:
            return u
        if self.neuron.reset == "hard":
            fires = Range(np.where((y.low > 0) | (y.high < 0), 1.0, 0.0), np.where((y.low == 0) & (y.high == 0), 0.0, 1.0))
            return _chosen(fires, Range.exactly(np.zeros(())) if reset.to is None else self.of(reset.to), u)
        return _minus(u, _times(self.of(reset.by), y))


@dataclass(frozen=True)
class Start:
    """What a time step of neurons starts from.

    Attributes:
        neuron: What the spec says of them.
        numbers: Their numbers; one for each channel is [C, 1, ...].
        currents: The inputs in order, [N, C, *size] each.
        states: The states after the step before, by name; those that are missing are the first.
    """

    neuron: Neuron
    numbers: Mapping[str, Array]
    currents: Sequence[Range]
    states: Mapping[str, Range]

    def at(self, places: Where) -> "Start":
        """The same of some neurons, [neurons]."""

        def here(x: Array) -> Array:
            return np.broadcast_to(x, places.shape)[places] if x.ndim else x

        def of(x: Range) -> Range:
            return Range(here(x.low), here(x.high))

        numbers = {name: here(x) for name, x in self.numbers.items()}
        return Start(self.neuron, numbers, [of(x) for x in self.currents], {name: of(x) for name, x in self.states.items()})


def ranges(start: Start, spikes: Array | None = None) -> tuple[Range, dict[str, Range]]:
    """The ranges of a time step's result and of the states after it, by name; `spikes` are the result, where it is known."""
    neuron = start.neuron
    equations = neuron.equations
    assert equations is not None
    shape = start.currents[0].low.shape
    step = _Step(neuron, start.numbers, dict(zip(neuron.inputs, start.currents, strict=True)), {})
    step.before = {s.name: step.of(s.initial) for s in equations.states} | dict(start.states)
    for line in equations.lines:
        known = spikes is not None and neuron.spikes and line.name == equations.emitted
        step.values[line.name] = Range.exactly(spikes) if known and spikes is not None else step.of(line.term)
    found = step.values[equations.emitted if neuron.spikes else equations.instead]
    return _wide(found, shape), {s.name: _wide(step.values[s.name], shape) for s in equations.states}


def _wide(x: Range, shape: tuple[int, ...]) -> Range:
    return Range(np.broadcast_to(x.low, shape), np.broadcast_to(x.high, shape))


def _plus(x: Range, y: Range) -> Range:
    return Range.of(x.low + y.low, x.high + y.high)


def _minus(x: Range, y: Range) -> Range:
    return Range.of(x.low - y.high, x.high - y.low)


def _times(x: Range, y: Range) -> Range:
    return Range.of(x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high)


def _square(x: Range) -> Range:
    most = np.maximum(np.abs(x.low), np.abs(x.high))
    return Range.of(np.square(_least(x)), np.square(most))


def _over(x: Range, y: Range) -> Range:
    around = (y.low <= 0) & (y.high >= 0)
    low, high = np.where(around, 1.0, y.low), np.where(around, 1.0, y.high)
    found = _times(x, Range.of(1 / low, 1 / high))
    return Range(np.where(around, -UNKNOWN, found.low), np.where(around, UNKNOWN, found.high))


def _negative(x: Range) -> Range:
    return Range(-x.high, -x.low)


def _least(x: Range) -> Array:
    """The least absolute value."""
    return np.where((x.low <= 0) & (x.high >= 0), 0.0, np.minimum(np.abs(x.low), np.abs(x.high)))


def _absolute(x: Range) -> Range:
    return Range(_least(x), np.maximum(np.abs(x.low), np.abs(x.high)))


def _above(x: Range, y: Range) -> Range:
    return Range(np.where(x.low > y.high, 1.0, 0.0), np.where(x.high > y.low, 1.0, 0.0))


def _reached(x: Range, y: Range) -> Range:
    return Range(np.where(x.low >= y.high, 1.0, 0.0), np.where(x.high >= y.low, 1.0, 0.0))


def _below(x: Range, y: Range) -> Range:
    return _above(y, x)


def _at_most(x: Range, y: Range) -> Range:
    return _reached(y, x)


def _both(x: Range, y: Range) -> Range:
    return Range(np.minimum(x.low, y.low), np.minimum(x.high, y.high))


def _either(x: Range, y: Range) -> Range:
    return Range(np.maximum(x.low, y.low), np.maximum(x.high, y.high))


def _not(x: Range) -> Range:
    return Range(1 - x.high, 1 - x.low)


def _chosen(condition: Range, x: Range, y: Range) -> Range:
    low = np.where(condition.low > 0, x.low, np.where(condition.high > 0, np.minimum(x.low, y.low), y.low))
    high = np.where(condition.low > 0, x.high, np.where(condition.high > 0, np.maximum(x.high, y.high), y.high))
    return Range(low, high)


def _clamped(x: Range, low: Range, high: Range) -> Range:
    return _both(_either(x, low), high)


def _cosine(x: Range) -> Range:
    """1 if a multiple of 2 pi is within, -1 if one of them and pi is; else one of the ends is the largest or least."""
    low, high = np.cos(x.low), np.cos(x.high)
    turn = 2 * np.pi
    top = np.ceil(x.low / turn) * turn <= x.high
    bottom = np.ceil((x.low - np.pi) / turn) * turn + np.pi <= x.high
    return Range(np.where(bottom, -1.0, np.minimum(low, high)), np.where(top, 1.0, np.maximum(low, high)))


def _sine(x: Range) -> Range:
    return _cosine(Range(x.low - np.pi / 2, x.high - np.pi / 2))


def _same(x: Range) -> Range:
    return x


def _rising(function: Callable[[Array], Array]) -> Callable[[Range], Range]:
    return lambda x: Range.of(*(function(end) for end in (x.low, x.high)))


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(x, -700, 700)))


_FUNCTIONS: Mapping[str, Callable[..., Range]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "neg": _negative,
    ">": _above,
    ">=": _reached,
    "<": _below,
    "<=": _at_most,
    "and": _both,
    "or": _either,
    "not": _not,
    "relu": _rising(lambda x: np.maximum(x, 0.0)),
    "sigmoid": _rising(_sigmoid),
    "tanh": _rising(np.tanh),
    "erf": _rising(error_function),
    "exp": _rising(lambda x: np.exp(np.minimum(x, 700))),
    "log": _rising(lambda x: np.log(np.maximum(x, 1 / UNKNOWN))),
    "abs": _absolute,
    "min": _both,
    "max": _either,
    "clamp": _clamped,
    "sin": _sine,
    "cos": _cosine,
    "sqrt": _rising(lambda x: np.sqrt(np.maximum(x, 0.0))),
    "where": _chosen,
    "detach": _same,
    "straight": _same,
    "round": _rising(np.rint),
    "floor": _rising(np.floor),
}
