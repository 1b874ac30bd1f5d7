"""Neurons with what follows from their model, found when a network is built, so that a forward pass looks nothing up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import override

from spikegraph.backends.torch.modules.equations import function_of
from spikegraph.backends.torch.modules.generated_neurons import Generated, made_for
from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Currents, Dynamics, Each, Numbers, States, learned_number
from spikegraph.backends.torch.modules.tensors import tensor_of
from spikegraph.dsl.schema.neuron_models import Form
from spikegraph.equations.model import Matrix, Model
from spikegraph.equations.terms import Before, Constant, Current, Number, Value
from spikegraph.ir.neuron import Learned, Neuron
from spikegraph.ir.neuron_equations import expanded_equations
from spikegraph.plugins.returned import described, returned_by

OverTime = Callable[[Sequence[float | Each], Numbers], Each]
"""(currents, trained numbers and weights of all steps, in order; numbers) -> what is emitted, [T, N, C, ...]."""


@dataclass(frozen=True)
class ResolvedNeuron:
    """A neuron and what follows from its model.

    Attributes:
        neuron: The neuron.
        spikes: Whether its result is spikes or counts.
        dynamics: The equations of a step; None if its model has none for PyTorch, or has all time steps at once.
        over_time: The equations of all time steps at once; None if its model has those of a step.
        matrices: The weights of all steps that these take.
        written: Whether the equations are those of a text.
        values: All numbers by name, before training.
        forms: The functions that give the learned ones, by name.
        learned: What is learned.
        made: What kernels are generated from, if b of the surrogate is known, and if it is a number that is given.
        temperature: The name of a b that is learned or given.
    """

    neuron: Neuron
    spikes: bool
    dynamics: Dynamics | None
    over_time: OverTime | None
    matrices: tuple[Matrix, ...]
    written: bool
    values: Mapping[str, float]
    forms: Mapping[str, Form]
    learned: tuple[Learned, ...]
    made: tuple[Generated | None, Generated | None]
    temperature: str

    def numbers(self, weights: nn.Module | None, axes: int) -> dict[str, float | Each]:
        """All numbers by name; learned ones as tensors with `axes` axes of length 1 behind the channels."""
        found: dict[str, float | Each] = dict(self.values)
        for name, form in self.forms.items():
            assert weights is not None
            found[name] = learned_number(form, tensor_of(weights, name)).reshape(-1, *[1] * max(axes, 0))
        return found

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have the neuron alone, since functions can't be pickled."""
        return resolved, (self.neuron,)


def resolved(neuron: Neuron) -> ResolvedNeuron:
    """A neuron with the equations that are registered for its model, or those of its text."""
    registered, model = None if neuron.text else DYNAMICS.get(neuron.model), neuron.written_model
    written, over_time = registered is None and model is not None, model is not None and model.over_time
    return ResolvedNeuron(
        neuron,
        neuron.spikes,
        _steps_of(neuron) if written and not over_time else registered and _checked(neuron.model, registered),
        _over_time_of(neuron) if written and over_time else None,
        () if model is None else model.matrices,
        written,
        {"decay": neuron.decay, "threshold": neuron.threshold, **{c.name: c.value for c in neuron.constants}},
        {learned.name: neuron.form(learned.name) for learned in neuron.trained},
        neuron.trained,
        (made_for(neuron, given_width=False), made_for(neuron, given_width=True)) if written else (None, None),
        neuron.temperature,
    )


def _checked(model: str, dynamics: Dynamics) -> Dynamics:
    """The equations of a plug-in, whose results are checked."""

    def step(current: Currents, before: States, n: Numbers) -> tuple[Each, Each, States]:
        found = dynamics.step(current, before, n)
        if not _is_step(found, dynamics.states):
            wrong = f"a step of `{model}` returns {described(found)}, not potentials, spikes and {dynamics.states} states"
            raise returned_by(dynamics.step, TypeError(wrong))
        shape = (current[0] if isinstance(current, tuple) else current).shape
        for what, each in (("potentials", found[0]), ("spikes", found[1])):
            if getattr(each, "shape", None) != shape:
                wrong = f"the {what} of a step of `{model}` are {described(each)} for a current {list(shape)}"
                raise returned_by(dynamics.step, ValueError(wrong))
        return found

    return replace(dynamics, step=step)


def _is_step(found: object, states: int) -> bool:
    return isinstance(found, tuple) and len(found) == 3 and len(found[2]) == states  # pyright: ignore[reportUnknownArgumentType]


def _model_of(neuron: Neuron) -> Model:
    model = neuron.written_model
    assert model is not None
    return model


@lru_cache(256)
def _steps_of(neuron: Neuron) -> Dynamics:
    """The equations of a step of a neuron's text, as operations of torch."""
    equations, model = expanded_equations(neuron), _model_of(neuron)
    names = [learned.name for learned in neuron.trained if learned.name != neuron.temperature]
    given = (*map(Current, model.inputs), *(Before(state.name) for state in equations.states), *map(Number, names))
    wanted = map(Value, (equations.instead, equations.emitted, *(state.name for state in equations.states)))
    compute = function_of([(line.name, line.term) for line in equations.lines], given, tuple(wanted))

    def step(current: Currents, before: States, n: Numbers) -> tuple[Each, Each, States]:
        currents = current if isinstance(current, tuple) else (current,)
        found = compute((*currents, *before, *[n[name] for name in names]), n.fired)
        u, y, *after = [_like(each, currents[0]) for each in found]
        return u, y, tuple(after)

    initial = tuple(state.initial.value for state in equations.states if isinstance(state.initial, Constant))
    return Dynamics(step, len(equations.states), initial, tuple(state.name for state in equations.states))


@lru_cache(256)
def _over_time_of(neuron: Neuron) -> OverTime:
    """The equations of all time steps of a neuron's text, as operations of torch."""
    equations, model = expanded_equations(neuron), _model_of(neuron)
    names = (*(learned.name for learned in neuron.trained), *(matrix.name for matrix in model.matrices))
    given = (*map(Current, model.inputs), *map(Number, names))
    wanted = Value(equations.emitted if neuron.spikes else equations.instead)
    compute = function_of([(line.name, line.term) for line in equations.lines], given, (wanted,))

    def whole(values: Sequence[float | Each], n: Numbers) -> Each:
        (found,), current = compute(values, n.fired), values[0]
        assert isinstance(current, Tensor)
        return _like(found, current)

    return whole


def _like(x: float | Each, current: Tensor) -> Tensor:
    """A value of each neuron: one that follows from numbers alone is the same at all of them."""
    if not isinstance(x, Tensor):
        return torch.full_like(current, x)
    same = x.dim() == current.dim() and x.shape == current.shape  # axes first: a program is traced for any number of samples
    return x if same else x + torch.zeros_like(current)
