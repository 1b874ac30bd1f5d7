"""Neurons whose model is text by kernels that are generated from its equations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import exporting
from spikegraph.backends.torch.modules.equations import Each, Functions, function_of
from spikegraph.backends.torch.modules.surrogate_gradient import BY_B, GRADIENTS
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.generated.sequence import Kernel, sequence, usable
from spikegraph.backends.torch.native.generated.source import constants_of, source_of, supported
from spikegraph.backends.torch.native.norms import Addend
from spikegraph.backends.torch.native.surrogates import scale_of
from spikegraph.backends.torch.operators import imitating, ordinary, traced, transformed
from spikegraph.backends.torch.triton import library as triton
from spikegraph.backends.torch.triton.form import supported as triton_supported
from spikegraph.backends.torch.triton.launch import named
from spikegraph.backends.torch.triton.sequence import sequence as triton_sequence
from spikegraph.backends.torch.triton.tiles import channels_last
from spikegraph.equations.step import Step, UnsupportedStepError, Width, step_of
from spikegraph.equations.terms import Fire, Number
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_equations import expanded_equations

FEWEST_VALUES = 1 << 15
"""Fewer values of a current take less time in operations of torch than kernels take to compile. Nothing else decides, so that a
run that is resumed computes the same."""


@dataclass(frozen=True)
class Generated:
    """A neuron's step, its name in operators, and its C++ if it has some; and what it takes.

    That is the results of a function of the numbers of these names.
    """

    step: Step
    name: str
    kernel: Kernel | None
    names: tuple[str, ...]
    given: Functions


def generated(
    made: Generated | None,
    currents: Sequence[Sequence[Addend]],
    state: Sequence[Float[Tensor, " *rest"]] | None,
    numbers: Mapping[str, Each],
    *,
    training: bool = False,
    share: float | None = None,
) -> tuple[Float[Tensor, " T *rest"], tuple[Float[Tensor, " *rest"], ...]] | None:
    """What `neurons` returns for the terms of currents, [T, N, C, ...], or None where operations of torch must compute it.

    That is where something traces or transforms them (a compiler may trace Triton's), on devices without kernels, for few
    values, for types that kernels don't have, for surrogates of plug-ins, and where nothing can be compiled. Norms with the
    statistics of all processes, which a `share` tells, have kernels on GPUs alone.
    """
    addends = [a for each in currents for a in each]
    first = addends[0].value
    imitated = imitating() is not None
    if made is None or (transformed() and not (imitated or torch.compiler.is_compiling())):
        return None
    on_triton = triton.usable(first) and not exporting() and first.dim() > 2
    if not on_triton and (first.device.type != "cpu" or (traced() and not imitated)):
        return None  # before the number of values is asked, which a program that is traced for any number would fix
    if first.numel() < FEWEST_VALUES or (not on_triton and missing() is not None):
        return None
    given = [_tensor(x) for x in made.given([numbers[name] for name in made.names], _no_fire)]
    if on_triton and triton_supported(made.step):
        if made.step.after:
            return triton_sequence(made.name, currents, state, given, training=training, share=share)
        return (
            _at_once(made, [[a.value for a in each] for each in currents], given) if not any(a.norm for a in addends) else None
        )
    tensors, values = (*(state or ()), *given), [a.value for a in addends]
    if on_triton or share is not None or made.kernel is None or not usable(addends, tensors):
        return None
    if not (imitated or all(map(ordinary, (*values, *tensors)))):
        return None
    if not imitated and made.kernel.compiled(values) is None:
        return None
    return sequence(made.kernel, currents, state, given, training=training)


def _at_once(
    made: Generated, currents: Sequence[Sequence[Tensor]], given: Sequence[Tensor]
) -> tuple[Float[Tensor, " T *rest"], tuple[()]] | None:
    """The result of neurons without states as that of a single step of more samples; None if channels have own numbers.

    Then any axis may be that of samples, also where currents have no time steps.
    """
    if any(number.numel() > 1 for number in given):
        return None
    first = currents[0][0]
    joined = first.is_contiguous() or channels_last(first)
    one = [[Addend((x.flatten(0, 1) if joined else x).unsqueeze(0)) for x in each] for each in currents]
    result = triton_sequence(made.name, one, None, given)[0].squeeze(0)
    return (torch.unflatten(result, 0, first.shape[:2]) if joined else result), ()


def step_for(neuron: Neuron, *, given_width: bool = False) -> Step | None:
    """The step that kernels of a neuron are generated from; None if there is none.

    Args:
        neuron: The neuron.
        given_width: Whether b of its surrogate is a number that is given, not known.
    """
    model = neuron.written_model
    if model is None or model.over_time:
        return None
    equations = expanded_equations(neuron)
    if any(learned.per == "step" for learned in neuron.learned):
        return None
    result = equations.emitted if neuron.spikes else equations.instead
    name, learned, b = neuron.surrogate.name, neuron.surrogate.learned is not None, Number(neuron.temperature)
    width = Width(b, scale_of(name, b), learned) if given_width else None
    try:
        step = step_of(equations, model.inputs, result, (name, 1.0 if given_width else neuron.surrogate.b), width)
    except UnsupportedStepError:
        return None
    registries = (GRADIENTS.is_built_in, BY_B.is_built_in)
    return step if all(built_in(firing.surrogate) for built_in in registries for firing in step.firings) else None


@lru_cache(256)
def made_for(neuron: Neuron, *, given_width: bool) -> Generated | None:
    """The generated kernel of a neuron; None if it has none."""
    step = step_for(neuron, given_width=given_width)
    if step is None:
        return None
    names = tuple(learned.name for learned in neuron.trained)
    names = names if not given_width or neuron.temperature in names else (*names, neuron.temperature)
    kernel = None
    if supported(step) and step.after:
        sources = {torch.float32: source_of(step, "f32"), torch.float64: source_of(step, "f64")}
        kernel = Kernel(sources, constants_of(step), len(step.after), neuron.spikes)
    given = function_of(step.fixed, tuple(map(Number, names)), step.given)
    return Generated(step, named(step, spikes=neuron.spikes), kernel, names, given)


def _tensor(x: Each) -> Tensor:
    assert isinstance(x, Tensor)
    return x


def _no_fire(_: Tensor, __: Each, ___: Fire) -> Tensor:
    raise AssertionError("numbers don't fire")
