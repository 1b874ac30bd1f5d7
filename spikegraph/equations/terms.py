"""The terms of a model's lines."""

from collections.abc import Callable
from dataclasses import replace

from spikegraph.base.record import record


@record
class Constant:
    """A number that is known, float64."""

    value: float


@record
class Number:
    """A number of the neuron, such as its decay; the neuron says its value, or training does."""

    name: str


@record
class Current:
    """An input of the model at this time step."""

    name: str


@record
class Before:
    """A state after the step before."""

    name: str


@record
class Value:
    """The value of a line above."""

    name: str


@record
class Apply:
    """A function of `FUNCTIONS`, an operator `+ - * / neg`, a comparison, or `and`, `or`, `not`."""

    function: str
    operands: "tuple[Term, ...]"


@record
class Fire:
    """The spikes of a potential: how many multiples of the threshold it is above, has reached, or is nearest to.

    Attributes:
        potential: The potential.
        threshold: The threshold.
        levels: The most spikes of a step; None: as many as the neuron has.
        at: `above`, `reached` or `nearest`; None: as the neuron says.
        surrogate: Name and b of the surrogate; None: that of the neuron.
    """

    potential: "Term"
    threshold: "Term"
    levels: int | None = None
    at: str | None = None
    surrogate: tuple[str, float] | None = None


@record
class Reset:
    """What remains of a potential after its spikes.

    Attributes:
        potential: The potential.
        spikes: The spikes.
        once: 1 where the spikes aren't 0, else 0: what a hard reset takes.
        several: Whether `spikes` may be something else than 0 and 1 whatever the neuron's levels are.
        by: What a soft reset subtracts for each spike.
        to: What a hard reset sets the potential to; None is 0.
        leak: The decay that a late reset applies first; None if the state that it sets has no `leak`.
    """

    potential: "Term"
    spikes: "Term"
    once: "Term"
    by: "Term"
    several: bool = False
    to: "Term | None" = None
    leak: "Term | None" = None


@record
class Leak:
    """A state times its decay, which with a late reset has happened before."""

    value: Before
    decay: "Term"


@record
class Mixed:
    """The sum over all time steps s of weights[t, s] times a value at s, in a model over time.

    Attributes:
        weights: The name of the weights, [T, T].
        value: The value at each step.
    """

    weights: str
    value: "Term"


Term = Constant | Number | Current | Before | Value | Apply | Fire | Reset | Leak | Mixed


def parts(term: Term) -> tuple[Term, ...]:
    """The terms that a term consists of."""
    match term:
        case Apply(_, operands):
            return operands
        case Fire(potential, threshold):
            return potential, threshold
        case Reset():
            found = (term.potential, term.spikes, term.once, term.by, term.to, term.leak)
            return tuple(t for t in found if t is not None)
        case Leak(value, decay):
            return value, decay
        case Mixed(_, value):
            return (value,)
        case Constant() | Number() | Current() | Before() | Value():
            return ()


def with_parts(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term, with each of its parts changed; the state of a `Leak` stays."""
    match term:
        case Apply(function, operands):
            return Apply(function, tuple(map(change, operands)))
        case Fire(potential, threshold):
            return replace(term, potential=change(potential), threshold=change(threshold))
        case Reset():
            to, leak = (None if each is None else change(each) for each in (term.to, term.leak))
            u, y, once, by = map(change, (term.potential, term.spikes, term.once, term.by))
            return replace(term, potential=u, spikes=y, once=once, by=by, to=to, leak=leak)
        case Leak(value, decay):
            return Leak(value, change(decay))
        case Mixed(weights, value):
            return Mixed(weights, change(value))
        case Constant() | Number() | Current() | Before() | Value():
            return term
