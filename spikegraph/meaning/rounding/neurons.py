"""What neurons may do if their currents and states are known up to rounding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import product

import numpy as np

from spikegraph.ir.neuron import Neuron
from spikegraph.meaning.call import Array, Recorded
from spikegraph.meaning.operations.neurons import numbers_of
from spikegraph.meaning.operations.texts import crossing
from spikegraph.meaning.references import EQUATIONS
from spikegraph.meaning.rounding.bounded import UNKNOWN, Bounded, Evaluation, Where
from spikegraph.meaning.rounding.ranges import Range, Start, ranges
from spikegraph.meaning.rounding.texts import Moved, moved

MOST_CORNERS = 6
"""Most numbers of operands and states whose combinations of bounds are all tried."""

TINY = 1e-35
"""The least bound of a state."""

WIDE = 2.0**-10
"""A bound above this, relative to 1 + the number, is wide: a state may rise and fall within it."""


@dataclass(frozen=True)
class Stepped:
    """One time step of an operation that remembers something, [N, C, *size] each.

    Attributes:
        result: The result.
        state: What it remembers, by name.
        potential: The membrane potential before the reset; None if it has none.
    """

    result: Array
    state: Mapping[str, Array]
    potential: Array | None


def stepped(f: Evaluation, xs: Sequence[Array], state: Mapping[str, Array]) -> Stepped:
    """One time step of operands [N, C, *size], from a state."""
    held, recorded = dict(state), Recorded()
    call = replace(f.call, steps=1, state=held, recorded=recorded)
    result = f.compute(call, *(x[None] for x in xs))[0]
    potentials = [now for parts in recorded.potentials.values() for now in parts]
    return Stepped(result, held, potentials[0][0] if potentials else None)


@dataclass(frozen=True)
class Alternatives:
    """Results and states at the ends of the bounds of operands and states; the first is that without rounding.

    A neuron's state is monotone in its current and in each state while its spikes are the same, so whatever lies within narrow
    bounds gives a state between those of the ends. Where rounding decides the spikes, not all ends have the same, and within
    wide bounds a state may rise and fall: there the ranges of the model's lines are taken. For a plug-in's neurons without
    lines, the state of a neuron with the spikes of one end is taken to differ from that of this end by no more than the
    potentials of all ends differ.

    Attributes:
        values: The results, [ends, N, C, *size].
        states: The state after the step by name, [ends, N, C, *size] each.
        slack: How far rounding may move a state after the step.
        width: How far the potentials of the ends are from each other where rounding decides, else 0; [N, C, *size]. Of neurons
            without potentials it is that of their states.
        lines: What the model's lines start from; None for neurons without lines.
        wide: Where bounds of operands or states are wide.
        rounded: How far the roundings of the model's lines may move a result that is no spikes; [N, C, *size].
    """

    values: Array
    states: Mapping[str, Array]
    slack: Mapping[str, Array]
    width: Array
    lines: Start | None
    wide: Where
    rounded: Array

    @cached_property
    def results(self) -> Range:
        """The least and the largest result."""
        low, high = self.values.min(0), self.values.max(0)
        if self.lines is not None and self.wide.any():
            found = ranges(self.lines.at(self.wide))[0]
            low[self.wide], high[self.wide] = np.minimum(low[self.wide], found.low), np.maximum(high[self.wide], found.high)
        return Range(low, high)

    @cached_property
    def undecided(self) -> Where:
        """Where rounding decides how often a neuron fires, [N, C, *size]."""
        return self.results.low != self.results.high

    @property
    def free(self) -> Bounded:
        """The results for another program that doesn't say which spikes it has."""
        return Bounded.of(self.values[0], self.results.high - self.results.low)

    def value(self, rounding: float) -> Bounded:
        """The result as a real number."""
        middle = self.values[0]
        apart = np.maximum(middle - self.results.low, self.results.high - middle)
        return Bounded.of(middle, apart + rounding * np.abs(middle) + self.rounded)

    def at(self, places: Where) -> "Alternatives":
        """Those of some neurons, [ends, neurons]."""
        slack = {name: s[places] for name, s in self.slack.items()}
        states = {name: s[:, places] for name, s in self.states.items()}
        lines = None if self.lines is None else self.lines.at(places)
        values, width, wide, rounded = self.values[:, places], self.width[places], self.wide[places], self.rounded[places]
        return Alternatives(values, states, slack, width, lines, wide, rounded)

    def state(self, spikes: Array | None = None) -> dict[str, Bounded]:
        """The state after the step by name, of neurons with these spikes, [N, C, *size]; without them, of any."""
        ends = {name: self._between(name, spikes) for name in self.states}
        special = self.wide if spikes is None else self.wide | self.undecided
        if self.lines is not None and special.any():
            found = ranges(self.lines.at(special), None if spikes is None else spikes[special])[1]
            for name, known in ends.items():
                slack = self.slack[name][special]
                known.low[special], known.high[special] = found[name].low - slack, found[name].high + slack
        return {name: Bounded.of((r.low + r.high) / 2, (r.high - r.low) / 2) for name, r in ends.items()}

    def _between(self, name: str, spikes: Array | None) -> Range:
        """The least and the largest state of the ends that have these spikes.

        Where none has them, the neurons fire more often than at one end and less often than at the other, and nothing is known.
        """
        states, slack = self.states[name], self.slack[name]
        if spikes is None:
            return Range(states.min(0) - slack, states.max(0) + slack)
        chosen, around = self.values == spikes, slack + self.width
        low, high = np.where(chosen, states, np.inf).min(0), np.where(chosen, states, -np.inf).max(0)
        return Range(np.where(low > high, -UNKNOWN, low - around), np.where(low > high, UNKNOWN, high + around))


def neuron_of(f: Evaluation) -> Neuron | None:
    """The neuron of an operation of neurons."""
    neuron = getattr(f.node.op, "neuron", None)
    return neuron if isinstance(neuron, Neuron) else None


def moved_by(f: Evaluation, xs: Sequence[Array], states: Mapping[str, Array]) -> Moved | None:
    """How far the roundings of a model's text may move a step; None for other models, whose equations say it."""
    neuron = neuron_of(f)
    if neuron is None or neuron.registered in EQUATIONS or neuron.written_model is None:
        return None
    return moved(neuron, numbers_of(f.call, neuron, len(f.node.value.size)), xs, states, f.precision.of_one)


def rounded_by(f: Evaluation, own: Moved | None, shape: tuple[int, ...]) -> Array:
    """How far the roundings of a model's text may move a result of this shape; 0 for spikes, which are decided elsewhere."""
    neuron = neuron_of(f)
    return np.zeros(shape) if own is None or neuron is None or neuron.spikes else np.broadcast_to(own.result, shape)


def spread(f: Evaluation, xs: Sequence[Bounded], states: Mapping[str, Bounded]) -> tuple[list[Bounded], dict[str, Bounded]]:
    """Operands and states with the roundings of the neuron's own equations in their bounds."""
    neuron, one = neuron_of(f), f.precision.of_one
    threshold, gain = 0.0, 1.0
    if neuron is not None:
        numbers = numbers_of(f.call, neuron, len(f.node.value.size))
        threshold = float(np.abs(numbers["threshold"]).max())
        if neuron.decay_input:
            gain = 1 / max(1 - float(numbers["decay"].max()), 1e-6)
    own = moved_by(f, [x.value for x in xs], {name: s.value for name, s in states.items()})
    kept = sum((np.abs(s.value) for s in states.values() if s.value.shape == xs[0].value.shape), np.zeros(()))
    far = 0.0 if own is None else 2 * own.potential
    wider = [Bounded(x.value, x.error + one * (np.abs(x.value) + gain * (threshold + kept)) + far) for x in xs]
    return wider, {name: Bounded(s.value, s.error + one * np.abs(s.value)) for name, s in states.items()}


def alternatives(f: Evaluation, xs: Sequence[Bounded], states: Mapping[str, Bounded]) -> Alternatives:
    """What an operation with a state may give in one step, with operands [N, C, *size]."""
    wider, before = spread(f, xs, states)
    held = [*wider, *before.values()]
    combinations = product((-1.0, 1.0), repeat=len(held))
    if len(held) > MOST_CORNERS:
        combinations = [(sign,) * len(held) for sign in (-1.0, 1.0)]
    found: list[Stepped] = []
    for signs in ((0.0,) * len(held), *combinations):
        given = [b.value + sign * b.error for b, sign in zip(held, signs, strict=True)]
        found.append(stepped(f, given[: len(wider)], dict(zip(before, given[len(wider) :], strict=True))))
    after = {name: np.stack([each.state[name] for each in found]) for name in found[0].state}
    slack = {name: f.precision.of_one * np.abs(s).max(0) + TINY for name, s in after.items()}
    neuron = neuron_of(f)
    if neuron is not None:  # a soft reset subtracts a threshold, which is rounded
        slack = {name: s + f.precision.of_one * neuron.threshold for name, s in slack.items()}
    own = moved_by(f, [x.value for x in xs], {name: s.value for name, s in states.items()})
    slack = slack if own is None else {name: s + own.states[name] for name, s in slack.items()}
    values, potentials = np.stack([each.result for each in found]), [u for each in found if (u := each.potential) is not None]
    apart = [np.ptp(ends, axis=0) for ends in ([np.stack(potentials)] if potentials else after.values())]
    width = np.where(values.min(0) == values.max(0), 0.0, reduce(np.maximum, apart, np.zeros(())))
    lines, wide = _start_of(f, wider, before), np.zeros(values[0].shape, dtype=np.bool_)
    if lines is not None:
        wide = reduce(np.logical_or, (each.error > WIDE * (1 + np.abs(each.value)) for each in held), wide)
    return Alternatives(values, after, slack, width, lines, wide, rounded_by(f, own, values[0].shape))


def _start_of(f: Evaluation, xs: Sequence[Bounded], before: Mapping[str, Bounded]) -> Start | None:
    neuron = neuron_of(f)
    if neuron is None or neuron.written_model is None:
        return None
    numbers = numbers_of(f.call, neuron, len(f.node.value.size))
    states = {name: Range(s.value - s.error, s.value + s.error) for name, s in before.items()}
    return Start(neuron, numbers, [Range(x.value - x.error, x.value + x.error) for x in xs], states)


Fits = Callable[[Where, Array], Where]
"""(some neurons, their counts of spikes [neurons]) -> where another program may have fired so often."""


def followed(found: Alternatives, fits: Fits) -> tuple[Bounded, Where]:
    """The spikes that another program decided for, and where it agrees with none that rounding explains.

    Args:
        found: What the neurons may do.
        fits: Says where the other program may have fired so often.

    Returns:
        The spikes, whose bound isn't 0 where more than one number of spikes fits; and the disagreement, [N, C, *size].
    """
    middle, undecided = found.values[0], found.undecided
    low, high = np.nan_to_num(found.results.low), np.nan_to_num(found.results.high)
    spikes: Array = middle.copy()
    fitting = np.zeros(middle.shape, dtype=int)
    fitting[~undecided] = fits(~undecided, middle[~undecided])
    if undecided.any():
        for count in range(int(low[undecided].min()), int(high[undecided].max()) + 1):
            places = undecided & (low <= count) & (count <= high)
            fit = fits(places, np.full(int(places.sum()), float(count)))
            fitting[places] += fit
            spikes[places] = np.where(fit, count, spikes[places])
    several = fitting > 1
    return Bounded(np.where(several, middle, spikes), np.where(several, high - low, 0.0)), fitting == 0


def distance(
    f: Evaluation, xs: Sequence[Bounded], states: Mapping[str, Bounded], place: tuple[int, ...]
) -> tuple[float, float] | None:
    """How far the potential of one neuron is from its threshold, and how far rounding may move it; None without a membrane."""
    neuron = neuron_of(f)
    if neuron is None:
        return None
    numbers, gaps, size = numbers_of(f.call, neuron, len(f.node.value.size)), list[float](), 0.0
    for sign in (0.0, -1.0, 1.0):
        given = {name: s.value + sign * s.error for name, s in states.items()}
        currents = [x.value + sign * x.error for x in xs]
        if neuron.written_model is not None:
            u, threshold = crossing(neuron, numbers, currents, given)
        elif (found := stepped(f, currents, given).potential) is not None:
            u, threshold = found, np.broadcast_to(numbers["threshold"], found.shape)
        else:
            return None
        gaps.append(float(u[place] - threshold[place]))
        size = float(abs(u[place]) + abs(threshold[place]))
    gap, *ends = gaps
    return abs(gap), max(abs(end - gap) for end in ends) + f.precision.of_one * size
