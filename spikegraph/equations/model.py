"""A model of neurons, as its text says."""

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Literal

from spikegraph.base.record import record
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Apply, Fire, Number, Term, parts

Spikes = Literal["spike", "sign", "count", "real"]
"""What a model emits: 0 or 1; -1, 0 or 1; 0 to a bound; or, without spikes, any number."""


@record
class Quantity:
    """`number NAME = VALUE in RANGE`; `learned` says for what training has one: a `layer`, a `channel` or a `step`."""

    name: str
    value: float
    range: Interval
    learned: Literal["layer", "channel", "step"] | None


@record
class Matrix:
    """`weights NAME[time, time] = VALUE`: learned weights, which begin at the identity or at a number."""

    name: str
    value: float
    identity: bool = False


@record
class Option:
    """`option NAME = WORD of WORD | WORD`."""

    name: str
    value: str
    words: tuple[str, ...]


@record
class State:
    """`state NAME = VALUE`: what remains from step to step, and its value before the first."""

    name: str
    initial: Term


@record
class Line:
    """`NAME = TERM`."""

    name: str
    term: Term


@record
class Equations:
    """One time step of a model whose options are chosen.

    Attributes:
        states: What remains from step to step.
        lines: What a step computes, in this order; each name is set once.
        emitted: The name of the result.
        instead: The name of the result of neurons that never fire.
        spikes: What the result is.
        bound: The largest count; None if the neuron's `levels` are.
    """

    states: tuple[State, ...]
    lines: tuple[Line, ...]
    emitted: str
    instead: str
    spikes: Spikes
    bound: int | None = 1

    @property
    def by_name(self) -> Mapping[str, Term]:
        """The lines by name."""
        return {line.name: line.term for line in self.lines}


@record
class Model:
    """`model NAME(INPUTS) { ... }`.

    Attributes:
        name: Its name.
        inputs: The names of its currents.
        numbers: Its numbers, in order.
        options: Its options, in order.
        variants: The equations for each choice of words, one for each option in order.
        keys: The keys of `neuron` that the text calls for, such as `reset`.
        matrices: Its weights of all steps.
        over_time: Whether it needs all time steps at once.
        text: The declaration in its canonical form, which is all there is to know.
    """

    name: str
    inputs: tuple[str, ...]
    numbers: tuple[Quantity, ...]
    options: tuple[Option, ...]
    variants: Mapping[tuple[str, ...], Equations]
    keys: tuple[str, ...]
    matrices: tuple[Matrix, ...] = ()
    over_time: bool = False
    text: str = field(default="", repr=False)

    @property
    def plain(self) -> Equations:
        """The equations with the options' defaults."""
        return self.variants[tuple(option.value for option in self.options)]

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The numbers that can't be learned: those that states begin at, and ends of `clamp`."""
        found: set[str] = set()
        for equations in self.variants.values():
            waiting = [line.term for line in equations.lines]
            fixed = [state.initial for state in equations.states]
            while waiting:
                term = waiting.pop()
                waiting += parts(term)
                fixed += term.operands[1:] if isinstance(term, Apply) and term.function == "clamp" else ()
            while fixed:
                term = fixed.pop()
                fixed += parts(term)
                found |= {term.name} if isinstance(term, Number) else set()
        return frozenset(found)

    @property
    def remembers(self) -> bool:
        """Whether any of its variants has a state."""
        return any(equations.states for equations in self.variants.values())

    @property
    def surrogates(self) -> frozenset[str]:
        """The names of the surrogates that its text gives."""
        terms = [line.term for equations in self.variants.values() for line in equations.lines]
        found: set[str] = set()
        while terms:
            term = terms.pop()
            terms += parts(term)
            if isinstance(term, Fire) and term.surrogate is not None:
                found.add(term.surrogate[0])
        return frozenset(found)

    @property
    def fires(self) -> bool:
        """Whether it has spikes."""
        return self.plain.spikes != "real"
