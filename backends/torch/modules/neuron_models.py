"""The equations of neuron models as functions of tensors.

A model's equations are a `Dynamics`: a function of one time step. What models have in common, spikes with their surrogate
gradient and the reset, are methods of `Numbers`, which it gets with the values of its constants and learned numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.modules.firing import count_spikes
from spikegraph.dsl.schema.neuron_models import Form
from spikegraph.equations.terms import Constant, Fire
from spikegraph.ir.neuron import TEMPERATURE, Neuron
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
        values: Numbers by name: `decay`, `threshold` and those of the model itself, and a learned b of the surrogate, which is
            called `temperature`.
        temperature: The name of that b, `neuron.temperature`, which a forward pass doesn't look up.
    """

    neuron: Neuron
    values: Mapping[str, float | Each]
    temperature: str = TEMPERATURE

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
        tensor = threshold if isinstance(threshold, Tensor) else u.new_full((), threshold)
        surrogate, b = self.neuron.surrogate, self.values.get(self.temperature)
        name, factor = (surrogate.name, surrogate.b) if fire.surrogate is None else fire.surrogate
        learned = b if isinstance(b, Tensor) and fire.surrogate is None else None
        return count_spikes(u, tensor, learned, factor, name, fire.levels or 1, fire.at or "above")


ANY = Constant(0.0)


DYNAMICS: Registry[Dynamics] = Registry("dynamics of the neuron model", "spikegraph.kernels", kind=Dynamics)
"""The equations that plug-ins register for models which have no text, by the model's name."""
