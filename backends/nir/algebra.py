"""What a time step of a model's text is by algebra: potentials as sums of the current and of states, each times a number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spikegraph.backends.nir.writer import Array
from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Number, Term, Value
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_equations import expanded_equations

CURRENT, ONE = "I", ""
"""The names of the current and of 1 in a sum; states have their own."""


@dataclass(frozen=True)
class Combination:
    """A sum of the current, states and 1, each times a number; what is times 0 isn't there."""

    parts: Mapping[str, Array]

    @classmethod
    def of(cls, parts: Mapping[str, Array]) -> "Combination":
        """A sum without the parts that are times 0."""
        return cls({name: factor for name, factor in parts.items() if (factor != 0).any()})

    def __add__(self, other: "Combination") -> "Combination":
        names = {**self.parts, **other.parts}
        return Combination.of({name: self.factor(name) + other.factor(name) for name in names})

    def times(self, factor: Array) -> "Combination":
        """The sum times a number."""
        return Combination.of({name: own * factor for name, own in self.parts.items()})

    def factor(self, name: str) -> Array:
        """The number that a part is multiplied by."""
        return self.parts.get(name, np.zeros(1))

    @property
    def number(self) -> Array | None:
        """Its value if it is a number alone."""
        return self.factor(ONE) if self.parts.keys() <= {ONE} else None

    def equals(self, other: "Combination") -> bool:
        """Whether both are the same sum."""
        return self.parts.keys() == other.parts.keys() and all(
            bool((self.parts[name] == other.parts[name]).all()) for name in self.parts
        )


@dataclass(frozen=True)
class Spikes:
    """1 where a potential exceeds (`at`: reaches) a threshold, else 0."""

    potential: Combination
    threshold: Array
    at: str


@dataclass(frozen=True)
class Silent:
    """1 minus spikes."""

    spikes: Spikes


@dataclass(frozen=True)
class Kept:
    """A potential where it didn't fire, else 0."""

    potential: Combination
    spikes: Spikes


Form = Combination | Spikes | Silent | Kept


class NotLinearError(Exception):
    """A term is none of these."""


@dataclass(frozen=True)
class Equation:
    """u[t] = decay * v[t-1] + gain * s[t], with s[t] = kept * s[t-1] + weight * I[t], or with s = I.

    Attributes:
        decay: The share of the potential that remains, 0 if there is no state.
        gain: The factor of the current.
        threshold: The threshold of neurons that fire, whose potential is then 0.
        at: `above` or `reached`.
        synapse: `kept` and `weight`; None without a synaptic current.
    """

    decay: Array
    gain: Array
    threshold: Array | None = None
    at: str = "above"
    synapse: tuple[Array, Array] | None = None


def equation_of(neuron: Neuron, numbers: Mapping[str, Array]) -> Equation | None:
    """The equation that a neuron's lines amount to with these numbers; None if it is another one."""
    if neuron.written_model is None or len(neuron.inputs) > 1:
        return None
    equations = expanded_equations(neuron)
    if any(state.initial != Constant(0.0) for state in equations.states):
        return None
    forms: dict[str, Form | None] = {}
    for line in equations.lines:
        try:
            forms[line.name] = _form(line.term, forms, numbers)
        except NotLinearError:
            forms[line.name] = None
    result = forms[equations.emitted if neuron.spikes else equations.instead]
    spikes = result if isinstance(result, Spikes) else None
    potential = result.potential if isinstance(result, Spikes) else result
    if not isinstance(potential, Combination) or (neuron.spikes and spikes is None) or ONE in potential.parts:
        return None
    membranes = [s.name for s in equations.states if s.name in potential.parts and _holds(forms[s.name], potential, spikes)]
    others = [name for name in potential.parts if name not in (CURRENT, *membranes)]
    if len(membranes) > 1 or len(others) > 1:
        return None
    decay = potential.factor(membranes[0]) if membranes else np.zeros(1)
    if ((decay < 0) | (decay > 1)).any():  # a step longer than the time constant
        return None
    threshold, at = (None, "above") if spikes is None else (spikes.threshold, spikes.at)
    if not others:
        return Equation(decay, potential.factor(CURRENT), threshold, at)
    synaptic = forms[others[0]]
    if not isinstance(synaptic, Combination) or not synaptic.parts.keys() <= {others[0], CURRENT}:
        return None
    kept, weight = synaptic.factor(others[0]), synaptic.factor(CURRENT)
    if ((kept <= 0) | (kept > 1) | (weight == 0)).any():
        return None
    gain = potential.factor(others[0]) / kept
    if not np.allclose(gain * weight, potential.factor(CURRENT), rtol=1e-12, atol=0):
        return None
    return Equation(decay, gain, threshold, at, (kept, weight))


def _holds(form: Form | None, potential: Combination, spikes: Spikes | None) -> bool:
    """Whether a state is the potential after its reset."""
    if spikes is None:
        return isinstance(form, Combination) and form.equals(potential)
    return isinstance(form, Kept) and form.potential.equals(potential) and form.spikes is spikes


def _form(term: Term, lines: Mapping[str, Form | None], numbers: Mapping[str, Array]) -> Form:
    """What a term is.

    Raises:
        NotLinearError: It is no sum, no spikes and no potential after a reset.
    """
    match term:
        case Constant(value):
            return Combination.of({ONE: np.array([value])})
        case Number(name):
            return Combination.of({ONE: numbers[name]})
        case Current():
            return Combination({CURRENT: np.ones(1)})
        case Before(name):
            return Combination({name: np.ones(1)})
        case Value(name):
            found = lines[name]
            if found is None:
                raise NotLinearError
            return found
        case Fire(potential, threshold, 1, ("above" | "reached") as at):
            u, limit = _form(potential, lines, numbers), _form(threshold, lines, numbers)
            if isinstance(u, Combination) and isinstance(limit, Combination) and limit.number is not None:
                return Spikes(u, limit.number, at)
            raise NotLinearError
        case Apply("detach", (operand,)):
            return _form(operand, lines, numbers)
        case Apply(function, operands) if function in _OPERATORS:
            return _OPERATORS[function](*(_form(each, lines, numbers) for each in operands))
        case _:
            raise NotLinearError


def _sum(a: Form, b: Form) -> Form:
    if isinstance(a, Combination) and isinstance(b, Combination):
        return a + b
    raise NotLinearError


def _difference(a: Form, b: Form) -> Form:
    if isinstance(a, Combination) and isinstance(b, Spikes) and a.equals(Combination({ONE: np.ones(1)})):
        return Silent(b)
    return _sum(a, _negative(b))


def _negative(a: Form) -> Form:
    if isinstance(a, Combination):
        return a.times(-np.ones(1))
    raise NotLinearError


def _product(a: Form, b: Form) -> Form:
    if isinstance(a, Combination) and isinstance(b, Combination):
        if a.number is not None:
            return b.times(a.number)
        if b.number is not None:
            return a.times(b.number)
    potential, silent = (b, a) if isinstance(a, Silent) else (a, b)
    if isinstance(potential, Combination) and isinstance(silent, Silent):
        return Kept(potential, silent.spikes)
    raise NotLinearError


def _quotient(a: Form, b: Form) -> Form:
    if isinstance(a, Combination) and isinstance(b, Combination) and b.number is not None and (b.number != 0).all():
        return a.times(1 / b.number)
    raise NotLinearError


_OPERATORS: Mapping[str, Callable[..., Form]] = {"+": _sum, "-": _difference, "neg": _negative, "*": _product, "/": _quotient}
