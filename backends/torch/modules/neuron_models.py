"""Neurons of any model over a sequence: by generated kernels, or step by step in torch's operations.

A model's equations are a `Dynamics`: a function of one time step. What models have in common, spikes with their surrogate
gradient and the reset, are methods of `Numbers`, which it gets with the values of its constants and learned numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.torch.modules.equations import computed
from spikegraph.backends.torch.modules.firing import count_spikes
from spikegraph.backends.torch.modules.generated_neurons import generated
from spikegraph.backends.torch.modules.lif import by_channel
from spikegraph.backends.torch.modules.sequence import check_sequence
from spikegraph.backends.torch.native.norms import Addend
from spikegraph.dsl.schema.neuron_models import Form
from spikegraph.equations.terms import Before, Constant, Current, Fire, Number, Term, Value
from spikegraph.ir.neuron import TEMPERATURE, Neuron
from spikegraph.ir.neuron_equations import expanded_equations
from spikegraph.plugins.registry import Registry

Each = Float[Tensor, "..."]
"""A value of each neuron at one time step, [N, C, *size], or a number that is broadcast with it."""

States = tuple[Each, ...]
Currents = Each | tuple[Each, ...]
"""The current of each neuron, or the currents of a model with several."""

Step = Callable[[Any, States, "Numbers"], tuple[Each, Each, States]]
"""(I[t], state, numbers) -> (u[t], y[t], state): current or currents, potential, spikes and state, each [N, C, *size]."""

FORMS: Mapping[str, Callable[[Tensor], Tensor]] = {"sigmoid": torch.sigmoid, "exp": torch.exp, "identity": lambda a: a}
"""The functions of trained parameters that learned numbers are."""


def learned_number(form: Form, parameter: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The number that a trained parameter [...] gives."""
    found = FORMS[form.function](parameter)
    return found if form.plain else form.offset + form.factor * found


@dataclass(frozen=True)
class Dynamics:
    """The equations of a neuron model.

    Attributes:
        step: One time step.
        states: Number of tensors that it keeps from step to step.
        initial: Their values before the first step; none are all 0.
        names: Their names, if the model has them.
    """

    step: Step
    states: int = 1
    initial: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    def begin(self, like: Each) -> States:
        """The states before the first step, with the shape and type of a current."""
        return tuple(torch.full_like(like, value) for value in self.initial or (0.0,) * self.states)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a neuron: floats, or tensors that are broadcast with one step [N, C, ...].

    Attributes:
        neuron: The neuron, for what is no number.
        values: Numbers by name: `decay`, `threshold`, those of the model itself, and a learned `temperature`.
    """

    neuron: Neuron
    values: Mapping[str, float | Each]

    def __getitem__(self, name: str) -> float | Each:
        """A number."""
        return self.values[name]

    def current(self, current: Each) -> Each:
        """The current, times 1 - decay if the neuron has `decay_input`."""
        return current * (1 - self["decay"]) if self.neuron.decay_input else current

    def decayed(self, v: Each) -> Each:
        """Decay * v; with a late reset v has decayed before it."""
        return v if self.neuron.reset == "late" else self["decay"] * v

    def spikes(self, u: Each, threshold: float | Each) -> Each:
        """How many multiples of the threshold u exceeds (`spike_at`: reaches, or is nearest to), up to `levels`."""
        neuron = self.neuron
        return self._fired(u, threshold, neuron.levels) if neuron.fires else torch.zeros_like(u)

    def after_reset(self, u: Each, y: Each) -> Each:
        """v: 0 after a spike, or u without the threshold for each spike; with a late reset decay * u without that."""
        neuron = self.neuron
        u = self["decay"] * u if neuron.reset == "late" else u
        if not neuron.fires:
            return u
        if neuron.reset != "hard":
            return u - self["threshold"] * (y.detach() if neuron.detach_reset else y)
        fired = y if neuron.levels == 1 else self._fired(u, self["threshold"], 1)
        return u * (1 - (fired.detach() if neuron.detach_reset else fired))

    def _fired(self, u: Each, threshold: float | Each, levels: int) -> Each:
        return self.fired(u, threshold, Fire(ANY, ANY, levels, self.neuron.spike_at))

    def fired(self, u: Each, threshold: float | Each, fire: Fire) -> Each:
        """The spikes of a line `fire(u, threshold)`."""
        tensor = threshold if isinstance(threshold, Tensor) else u.new_tensor(threshold)
        surrogate, b = self.neuron.surrogate, self.values.get(TEMPERATURE)
        name, factor = (surrogate.name, surrogate.b) if fire.surrogate is None else fire.surrogate
        learned = b if isinstance(b, Tensor) and fire.surrogate is None else None
        return count_spikes(u, tensor, learned, factor, name, fire.levels or 1, fire.at or "above")


ANY = Constant(0.0)


DYNAMICS: Registry[Dynamics] = Registry("dynamics of the neuron model", "spikegraph.kernels")
"""The equations that plug-ins register for models which have no text, by the model's name."""


def neurons(
    neuron: Neuron,
    current: Float[Tensor, " T *rest"],
    state: States | None,
    weights: nn.Module | None,
    others: Sequence[Float[Tensor, " T *rest"]] = (),
    b: Sequence[float] = (),
) -> tuple[Float[Tensor, " T *rest"], States]:
    """Spikes or potentials of neurons of any model.

    Args:
        neuron: The neuron.
        current: Input currents I, [T, N, C, ...]; for a model without state any shape. With bfloat16 potentials and states are
            float32, and spikes bfloat16.
        state: The state after the previous step, tensors of the shape of current[0]; None at the sequence's start.
        others: The currents behind the first, of a model with several.
        weights: Has the trained parameters of learned numbers as attributes: [1], or [C].
        b: That of the surrogate for each of several groups of channels of equal size; by default the neuron's.

    Returns:
        The spikes, or the potentials of neurons without spikes, [T, N, C, ...], and the state after the last step; an empty
        one for a model without state.

    Raises:
        ValueError: There is no time step, the state's shape or type is wrong, or the model has no equations here.
    """
    dynamics, numbers = dynamics_of(neuron), Numbers(neuron, _all_numbers(neuron, weights, current, b))
    if dynamics is None:
        raise ValueError(f"the neuron model `{neuron.model}` has no equations for PyTorch; register them in `DYNAMICS`")
    low = any(x.dtype == torch.bfloat16 for x in (current, *others))
    for tensor in (state or (None,)) if dynamics.states else ():
        check_sequence(current, tensor, torch.float32 if current.dtype == torch.bfloat16 else current.dtype)
    made = None if _registered(neuron) else generated(neuron, [[Addend(x)] for x in (current, *others)], state, numbers.values)
    if made is not None:
        return made
    if low:
        result, after = neurons(neuron, _real(current), state, weights, [_real(x) for x in others], b)
        return result.to(current.dtype) if neuron.spikes else result, after
    if not dynamics.states:
        u, y, _ = dynamics.step((current, *others) if others else current, (), numbers)
        return y if neuron.spikes else u, ()
    before = state if state is not None else dynamics.begin(current[0])
    found: list[Tensor] = []
    for t, step in enumerate(current):
        u, y, before = dynamics.step((step, *(x[t] for x in others)) if others else step, before, numbers)
        found.append(y if neuron.spikes else u)
    return torch.stack(found), before


def normed_neurons(
    neuron: Neuron,
    currents: Sequence[Sequence[Addend]],
    state: States | None,
    weights: nn.Module | None,
    b: Sequence[float],
    *,
    training: bool,
) -> tuple[Float[Tensor, " T *rest"], States] | None:
    """What `neurons` returns for currents that are sums of terms [T, N, C, *size]; None where no kernel is generated."""
    if _registered(neuron):
        return None
    return generated(neuron, currents, state, _all_numbers(neuron, weights, currents[0][0].value, b), training=training)


def neurons_over_time(
    neuron: Neuron, currents: Sequence[Float[Tensor, " T *rest"]], weights: nn.Module
) -> Float[Tensor, " T *rest"]:
    """Spikes or real values [T, N, C, ...] of neurons whose model has all time steps at once.

    Args:
        neuron: The neuron.
        currents: The currents of the model in order, [T, N, C, ...] each; fewer steps than the weights have take those of the
            first.
        weights: Has the trained parameters as attributes: [1], [C] or [T], and the weights of all steps, [T, T].
    """
    equations, model, steps = expanded_equations(neuron), neuron.written_model, len(currents[0])
    assert model is not None
    numbers = numbers_of(neuron, weights, currents[0].dim() - 3)
    known: dict[Term, float | Each] = dict(zip(map(Current, model.inputs), currents, strict=True))
    for learned in neuron.trained:
        value = numbers[learned.name]
        if learned.per == "step" and isinstance(value, Tensor):
            value = value[:steps].reshape(-1, *[1] * (currents[0].dim() - 1))
        known[Number(learned.name)] = value
    for matrix in model.matrices:
        w: Tensor = getattr(weights, matrix.name)[:steps, :steps]
        known[Number(matrix.name)] = w + torch.eye(steps, dtype=w.dtype, device=w.device) if matrix.identity else w
    n = Numbers(neuron, numbers)
    for line in equations.lines:
        known[Value(line.name)] = computed(line.term, known, n.fired)
    found = known[Value(equations.emitted if neuron.spikes else equations.instead)]
    assert isinstance(found, Tensor)
    return found


def _real(x: Tensor) -> Tensor:
    return x.float() if x.dtype == torch.bfloat16 else x


def dynamics_of(neuron: Neuron) -> Dynamics | None:
    """The equations of a neuron: those that are registered for its model, or those of its text; None if it has none."""
    registered = _registered(neuron)
    return dynamics_of_text(neuron) if registered is None and neuron.written_model is not None else registered


def _registered(neuron: Neuron) -> Dynamics | None:
    return None if neuron.text else DYNAMICS.get(neuron.model)


@lru_cache(256)
def dynamics_of_text(neuron: Neuron) -> Dynamics:
    """The equations of a neuron's text, as operations of torch."""
    equations = expanded_equations(neuron)
    model = neuron.written_model
    assert model is not None
    currents, states = [Current(name) for name in model.inputs], [Before(state.name) for state in equations.states]
    names = [learned.name for learned in neuron.trained if learned.name != TEMPERATURE]

    def step(current: Currents, before: States, n: Numbers) -> tuple[Each, Each, States]:
        given = current if isinstance(current, tuple) else (current,)
        known: dict[Term, float | Each] = {**dict(zip(currents, given, strict=True)), **dict(zip(states, before, strict=True))}
        known |= {Number(name): n[name] for name in names}
        for line in equations.lines:
            known[Value(line.name)] = computed(line.term, known, n.fired)

        def each(name: str) -> Each:
            found = known[Value(name)]
            return found if isinstance(found, Tensor) else torch.full_like(given[0], found)

        after = tuple(each(state.name) for state in equations.states)
        return each(equations.instead), each(equations.emitted), after

    initial = tuple(state.initial.value for state in equations.states if isinstance(state.initial, Constant))
    return Dynamics(step, len(states), initial, tuple(state.name for state in equations.states))


def numbers_of(neuron: Neuron, weights: nn.Module | None, axes: int) -> dict[str, float | Each]:
    """All numbers of a neuron by name; learned ones as tensors with `axes` axes of length 1 behind the channels."""
    found: dict[str, float | Each] = {"decay": neuron.decay, "threshold": neuron.threshold}
    found |= {c.name: c.value for c in neuron.constants}
    for learned in neuron.trained:
        parameter: Tensor = getattr(weights, learned.name)
        number = learned_number(neuron.form(learned.name), parameter)
        found[learned.name] = number.reshape(-1, *[1] * max(axes, 0))
    return found


def _all_numbers(neuron: Neuron, weights: nn.Module | None, current: Tensor, b: Sequence[float]) -> dict[str, float | Each]:
    """The numbers of a neuron, and b of its surrogate if groups of channels differ in it."""
    numbers = numbers_of(neuron, weights, current.dim() - 3)
    return {TEMPERATURE: by_channel(b, current), **numbers} if len(set(b)) > 1 else numbers
