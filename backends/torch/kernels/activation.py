"""Kernels of the activations: spiking neurons, membrane potentials and ReLU (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time, prepared_kernel, real
from spikegraph.backends.torch.modules.leaky import leaky_integrate
from spikegraph.backends.torch.modules.lif import lif as lif_sequence
from spikegraph.backends.torch.modules.neuron_sequences import neurons, neurons_over_time, normed_neurons
from spikegraph.backends.torch.modules.resolved_neurons import ResolvedNeuron, resolved
from spikegraph.backends.torch.modules.tensors import tensor_of
from spikegraph.backends.torch.native.norms import Addend
from spikegraph.backends.torch.triton import library as triton
from spikegraph.base.errors import InputError
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Graded, Lif, Neurons, Potential, Relu
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.joined_neurons import JoinedNeurons, WideNeurons
from spikegraph.ir.ops.neuron_base import AnyNeurons
from spikegraph.ir.ops.over_time import NeuronsOverTime
from spikegraph.ir.ops.wide import WideLif


def on_triton(op: Lif | WideLif | NormLif) -> ResolvedNeuron | None:
    """The neuron of an operation with what follows from its model, where Triton could run it."""
    return resolved(op.neuron) if triton.possible() else None


@prepared_kernel(on_triton, Lif, WideLif)
def lif(own: ResolvedNeuron | None, call: Call[Lif | WideLif], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes of currents [T, N, C, *size] (Eq. 1); the neurons of a wide operation differ in b of their surrogates."""
    op = call.node.op
    b = op.b if isinstance(op, WideLif) else (op.neuron.surrogate.b,)
    return spikes_of(op.neuron, over_time(xs[0], call.operands[0], call.steps), state, b, own)


def spikes_of(
    n: Neuron, current: Float[Tensor, " T *rest"], state: State, b: Sequence[float], own: ResolvedNeuron | None = None
) -> tuple[Float[Tensor, " T *rest"], State]:
    """Spikes [T, N, C, *size] and state of neurons; `b` of their surrogate has one value for each group of channels."""
    assert n.reset != "late"  # such a neuron has a general form
    made = by_triton(own, [Addend(current)], state, b, training=False)
    if made is not None:
        return made
    return lif_sequence(
        current,
        state,
        decay=n.decay,
        threshold=n.threshold,
        reset=n.reset,
        surrogate=n.surrogate.name,
        b=b,
        detach_reset=n.detach_reset,
    )


def by_triton(
    own: ResolvedNeuron | None,
    addends: Sequence[Addend],
    state: State,
    b: Sequence[float],
    *,
    training: bool,
    share: float | None = None,
) -> tuple[Float[Tensor, " T *rest"], State] | None:
    """Spikes or potentials [T, N, C, *size] and state of neurons of Eq. 1 by a kernel of Triton; None where there is none.

    With a `share` norms have the statistics of all processes.
    """
    if own is None or not triton.usable(addends[0].value):
        return None
    made = normed_neurons(own, [addends], None if state is None else (state,), None, b, training=training, share=share)
    return None if made is None else (made[0], made[1][0])


def silent_on_triton(op: Potential) -> ResolvedNeuron | None:
    """The neuron whose potential it is, where Triton could run it."""
    return resolved(Neuron.model_validate({"decay": op.decay, "fires": False})) if triton.possible() else None


@prepared_kernel(silent_on_triton, Potential)
def potential(own: ResolvedNeuron | None, call: Call[Potential], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Membrane potentials [T, N, C, *size] of neurons that never fire (Eq. 1 without spike and reset)."""
    op, current = call.node.op, over_time(xs[0], call.operands[0], call.steps)
    made = by_triton(own, [Addend(current)], state, (), training=False)
    return leaky_integrate(real(current), state, decay=op.decay) if made is None else made


def resolved_of(op: AnyNeurons | JoinedNeurons) -> ResolvedNeuron:
    """The neuron of an operation, with what follows from its model."""
    return resolved(op.neuron)


@prepared_kernel(resolved_of, Neurons, Graded)
def neuron(own: ResolvedNeuron, call: Call[Neurons | Graded], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes or real values [T, N, C, *size] of neurons of any model; potentials have the precision of float32 at least."""
    currents = [over_time(x, o, call.steps) for x, o in zip(xs, call.operands, strict=True)] if call.node.value.steps else xs
    result, after = neurons(own, currents[0], state, call.weights, currents[1:], axes=len(call.node.value.size))
    return result, after or None


@prepared_kernel(resolved_of, WideNeurons)
def wide_neuron(own: ResolvedNeuron, call: Call[WideNeurons], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes [T, N, C, *size] of neurons of any model, which differ in b of their surrogates and in what they have learned."""
    op, current = call.node.op, over_time(xs[0], call.operands[0], call.steps)
    return neurons(own, current, state, parameters_of(op, call.leaves, own.forms), b=op.b)


def parameters_of(op: JoinedNeurons, leaves: Sequence[nn.Module], names: Iterable[str]) -> nn.Module | None:
    """The trained parameters of joined neurons with these names, [1] or [C], from those of each group."""
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    found = nn.Module()
    for name in names:
        setattr(found, name, torch.cat([tensor_of(leaf, name).expand(op.width) for leaf in leaves]))
    return found


@prepared_kernel(resolved_of, NeuronsOverTime)
def neuron_over_time(
    own: ResolvedNeuron, call: Call[NeuronsOverTime], xs: Sequence[Tensor], state: State
) -> tuple[Tensor, State]:
    """Spikes or real values [T, N, C, *size] of neurons that have all time steps at once."""
    weights, most = call.weights, call.node.op.steps
    assert weights is not None
    assert most is not None
    if call.steps > most:
        raise InputError(f"`{call.node.name}` has weights for {most} time steps, not for {call.steps}")
    currents = [over_time(real(x), operand, call.steps) for x, operand in zip(xs, call.operands, strict=True)]
    result = neurons_over_time(own, currents, weights)
    return result.to(xs[0].dtype) if own.spikes else result, None


@kernel(Relu)
def relu(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """ReLU of [T, N, C, *size]."""
    return torch.relu(xs[0]), None
