"""Neurons of any model over a sequence: by generated kernels, or step by step in torch's operations."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.torch.memory import LOW, sum_type
from spikegraph.backends.torch.modules.generated_neurons import generated
from spikegraph.backends.torch.modules.lif import by_channel
from spikegraph.backends.torch.modules.neuron_models import Each, Numbers, States
from spikegraph.backends.torch.modules.resolved_neurons import ResolvedNeuron
from spikegraph.backends.torch.modules.sequence import check_sequence
from spikegraph.backends.torch.modules.tensors import tensor_of
from spikegraph.backends.torch.native.norms import Addend
from spikegraph.backends.torch.triton import library as triton
from spikegraph.backends.torch.triton.form import supported


def neurons(
    neuron: ResolvedNeuron,
    current: Float[Tensor, " T *rest"],
    state: States | None,
    weights: nn.Module | None,
    others: Sequence[Float[Tensor, " T *rest"]] = (),
    b: Sequence[float] = (),
    axes: int | None = None,
) -> tuple[Float[Tensor, " T *rest"], States]:
    """Spikes or potentials of neurons of any model.

    Args:
        neuron: The neuron.
        current: Input currents I, [T, N, C, ...]; for a model without state any shape. With bfloat16 or float16 potentials and
            states are float32, and spikes have the type of the current.
        state: The state after the previous step, tensors of the shape of current[0]; None at the sequence's start.
        others: The currents behind the first, of a model with several.
        weights: Has the trained parameters of learned numbers as attributes: [1], or [C].
        b: That of the surrogate for each of several groups of channels of equal size; by default the neuron's.
        axes: How many axes there are behind the channels; by default those of [T, N, C, ...].

    Returns:
        The spikes, or the potentials of neurons without spikes, [T, N, C, ...], and the state after the last step; an empty
        one for a model without state.

    Raises:
        ValueError: There is no time step, the state's shape or type is wrong, or the model has no equations here.
    """
    axes = current.dim() - 3 if axes is None else axes
    dynamics = neuron.dynamics
    numbers = Numbers(neuron.neuron, _all_numbers(neuron, weights, current, b, axes), neuron.temperature)
    if dynamics is None:
        raise ValueError(f"the neuron model `{neuron.neuron.model}` has no equations for PyTorch; register them in `DYNAMICS`")
    low = any(x.dtype in LOW for x in (current, *others))
    for tensor in (state or (None,)) if dynamics.states else ():
        check_sequence(current, tensor, sum_type(current))
    if neuron.written:
        made = _by_kernel(neuron, [[Addend(x)] for x in (current, *others)], state, numbers.values)
        if made is not None:
            return made
    _notice(neuron, current)
    if low:
        result, after = neurons(neuron, _real(current), state, weights, [_real(x) for x in others], b, axes)
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
    neuron: ResolvedNeuron,
    currents: Sequence[Sequence[Addend]],
    state: States | None,
    weights: nn.Module | None,
    b: Sequence[float],
    *,
    training: bool,
    share: float | None = None,
) -> tuple[Float[Tensor, " T *rest"], States] | None:
    """What `neurons` returns for currents that are sums of terms [T, N, C, *size]; None where no kernel is generated.

    With a `share` norms have the statistics of all processes, among which this one's samples count 1 or 0.
    """
    if not neuron.written:
        return None
    first = currents[0][0].value
    numbers = _all_numbers(neuron, weights, first, b, first.dim() - 3)
    return _by_kernel(neuron, currents, state, numbers, training=training, share=share)


def _by_kernel(
    neuron: ResolvedNeuron,
    currents: Sequence[Sequence[Addend]],
    state: States | None,
    numbers: Mapping[str, float | Each],
    *,
    training: bool = False,
    share: float | None = None,
) -> tuple[Float[Tensor, " T *rest"], States] | None:
    """What a generated kernel gives; None where there is none."""
    return generated(neuron.made[neuron.temperature in numbers], currents, state, numbers, training=training, share=share)


def neurons_over_time(
    neuron: ResolvedNeuron, currents: Sequence[Float[Tensor, " T *rest"]], weights: nn.Module
) -> Float[Tensor, " T *rest"]:
    """Spikes or real values [T, N, C, ...] of neurons whose model has all time steps at once.

    Args:
        neuron: The neuron.
        currents: The currents of the model in order, [T, N, C, ...] each; fewer steps than the weights have take those of the
            first.
        weights: Has the trained parameters as attributes: [1], [C] or [T], and the weights of all steps, [T, T].
    """
    assert neuron.over_time is not None
    _notice(neuron, currents[0])
    steps, numbers = len(currents[0]), neuron.numbers(weights, currents[0].dim() - 3)
    values: list[float | Each] = list(currents)
    for learned in neuron.learned:
        value = numbers[learned.name]
        if learned.per == "step" and isinstance(value, Tensor):
            value = value[:steps].reshape(-1, *[1] * (currents[0].dim() - 1))
        values.append(value)
    for matrix in neuron.matrices:
        assert weights is not None
        w = tensor_of(weights, matrix.name)[:steps, :steps]
        values.append(w + torch.eye(steps, dtype=w.dtype, device=w.device) if matrix.identity else w)
    return neuron.over_time(values, Numbers(neuron.neuron, numbers, neuron.temperature))


def _notice(neuron: ResolvedNeuron, current: Tensor) -> None:
    """Says it, where Triton could run a neuron whose equations no kernel has."""
    if torch.compiler.is_compiling() or not triton.usable(current):
        return
    if neuron.over_time is not None:
        triton.no_kernel(neuron.neuron.model, "its equations have all time steps at once")
    elif not neuron.written:
        triton.no_kernel(neuron.neuron.model, "its equations are functions of Python")
    elif (made := neuron.made[0]) is None or not supported(made.step):
        triton.no_kernel(neuron.neuron.model, f"its surrogate `{neuron.neuron.surrogate.name}` is that of a plug-in")


def _real(x: Tensor) -> Tensor:
    return x.float() if x.dtype in LOW else x


def _all_numbers(
    neuron: ResolvedNeuron, weights: nn.Module | None, current: Tensor, b: Sequence[float], axes: int
) -> dict[str, float | Each]:
    """The numbers of a neuron, and b of its surrogate where that isn't the neuron's or differs between groups of channels."""
    numbers = neuron.numbers(weights, axes)
    if set(b) <= {neuron.neuron.surrogate.b}:
        return numbers
    width = by_channel(b, current)
    width = width if isinstance(width, Tensor) else torch.full((), width, dtype=sum_type(current), device=current.device)
    return {neuron.temperature: width, **numbers}
