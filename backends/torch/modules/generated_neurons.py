"""Neurons whose model is text by kernels that are generated from its equations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.modules.equations import Each, Functions, function_of
from spikegraph.backends.torch.modules.surrogate_gradient import BY_B, GRADIENTS
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.generated.sequence import Kernel, sequence, usable
from spikegraph.backends.torch.native.generated.source import constants_of, source_of, supported
from spikegraph.backends.torch.native.norms import Addend
from spikegraph.backends.torch.native.surrogates import scale_of
from spikegraph.backends.torch.operators import imitating, ordinary, traced, transformed
from spikegraph.equations.step import UnsupportedStepError, Width, step_of
from spikegraph.equations.terms import Fire, Number
from spikegraph.ir.neuron import TEMPERATURE, Neuron
from spikegraph.ir.neuron_equations import expanded_equations

FEWEST_VALUES = 1 << 15
"""Fewer values of a current take less time in operations of torch than kernels take to compile. Nothing else decides, so that a
run that is resumed computes the same."""


@dataclass(frozen=True)
class _Generated:
    """The kernel of a neuron, and the function of the numbers of these names whose results it takes."""

    kernel: Kernel
    names: tuple[str, ...]
    given: Functions


def generated(
    neuron: Neuron,
    currents: Sequence[Sequence[Addend]],
    state: Sequence[Float[Tensor, " *rest"]] | None,
    numbers: Mapping[str, Each],
    *,
    training: bool = False,
) -> tuple[Float[Tensor, " T *rest"], tuple[Float[Tensor, " *rest"], ...]] | None:
    """What `neurons` returns for the terms of currents, [T, N, C, ...], or None where operations of torch must compute it.

    That is where something traces or transforms them, on other devices, for few values, for types that kernels don't have, for
    surrogates of plug-ins, and where nothing can be compiled.
    """
    addends = [a for each in currents for a in each]
    first = addends[0].value
    imitated = imitating() is not None
    if first.device.type != "cpu" or first.numel() < FEWEST_VALUES or missing() is not None:
        return None
    if not imitated and (traced() or transformed()):
        return None
    made = _made(neuron, given_width=TEMPERATURE in numbers)
    if made is None:
        return None
    given = [_tensor(x) for x in made.given([numbers[name] for name in made.names], _no_fire)]
    tensors, values = (*(state or ()), *given), [a.value for a in addends]
    if not (imitated or all(map(ordinary, (*values, *tensors)))) or not usable(addends, tensors):
        return None
    if not imitated and made.kernel.compiled(values) is None:
        return None
    return sequence(made.kernel, currents, state, given, training=training)


@lru_cache(256)
def _made(neuron: Neuron, *, given_width: bool) -> _Generated | None:
    """The generated kernel of a neuron; None if it has none."""
    model = neuron.written_model
    if model is None or model.over_time:
        return None
    equations = expanded_equations(neuron)
    if not equations.states or any(learned.per == "step" for learned in neuron.learned):
        return None
    result = equations.emitted if neuron.spikes else equations.instead
    name, learned, b = neuron.surrogate.name, neuron.surrogate.learned is not None, Number(TEMPERATURE)
    width = Width(b, scale_of(name, b), learned) if given_width else None
    try:
        step = step_of(equations, model.inputs, result, (name, 1.0 if given_width else neuron.surrogate.b), width)
    except UnsupportedStepError:
        return None
    registries = (GRADIENTS.is_built_in, BY_B.is_built_in)
    if not supported(step) or not all(built_in(firing.surrogate) for built_in in registries for firing in step.firings):
        return None
    sources = {torch.float32: source_of(step, "f32"), torch.float64: source_of(step, "f64")}
    names = tuple(learned.name for learned in neuron.trained)
    names = names if not given_width or TEMPERATURE in names else (*names, TEMPERATURE)
    kernel = Kernel(sources, constants_of(step), len(step.after), neuron.spikes)
    return _Generated(kernel, names, function_of((), tuple(map(Number, names)), step.given))


def _tensor(x: Each) -> Tensor:
    assert isinstance(x, Tensor)
    return x


def _no_fire(_: Tensor, __: Each, ___: Fire) -> Tensor:
    raise AssertionError("numbers don't fire")
