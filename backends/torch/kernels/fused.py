"""Kernels of the fused norms, sums and neurons (Che et al., NeurIPS 2022, Eq. 1): compiled code or operations of torch."""

from collections.abc import Sequence
from itertools import islice

from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.activation import by_triton, on_triton, parameters_of, resolved_of, spikes_of
from spikegraph.backends.torch.kernels.base import Call, State, over_time, prepared_kernel
from spikegraph.backends.torch.kernels.weighted import (
    norm_of,
    normed,
    normed_within,
    require_variance,
    share_of,
    synchronised,
    write_back,
)
from spikegraph.backends.torch.modules.neuron_sequences import neurons, normed_neurons
from spikegraph.backends.torch.modules.resolved_neurons import ResolvedNeuron
from spikegraph.backends.torch.modules.surrogate_gradient import GRADIENTS
from spikegraph.backends.torch.native.neuron import Constants, fire, usable
from spikegraph.backends.torch.native.norms import Addend, NormOf
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.joined_neurons import NormNeurons
from spikegraph.ir.types import Value


@prepared_kernel(on_triton, NormLif)
def norm_lif(own: ResolvedNeuron | None, call: Call[NormLif], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes of the sum of terms [T, N, C, *size] (Eq. 1); training updates each norm's running statistics."""
    op, n = call.node.op, call.node.op.neuron
    norms = _norms(call)
    addends = _addends(call, xs, norms)
    result = None
    if GRADIENTS.is_built_in(n.surrogate.name):
        result = _fused(n, own, addends, state, op.b, training=call.training, share=share_of(call))
    if result is None:
        result = spikes_of(n, _sum(call, addends), state, op.b, own)
    _write_back(call, norms)
    return result


def _fused(
    n: Neuron,
    own: ResolvedNeuron | None,
    addends: Sequence[Addend],
    state: State,
    b: Sequence[float],
    *,
    training: bool,
    share: float | None,
) -> tuple[Tensor, State] | None:
    """Spikes and state of neurons of Eq. 1 by one kernel; None if there is none for these terms."""
    made = by_triton(own, addends, state, b, training=training, share=share)
    if made is not None:
        return made
    if share is not None or not all(usable(a.value, n.surrogate.name, b) for a in addends):
        return None
    constants = Constants(n.decay, n.threshold, n.reset == "hard", n.surrogate.name, b, n.detach_reset)
    return fire([a.value for a in addends], [a.norm for a in addends], state, constants, training=training)


@prepared_kernel(resolved_of, NormNeurons)
def norm_neuron(own: ResolvedNeuron, call: Call[NormNeurons], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes of neurons of any model whose currents are sums of terms [T, N, C, *size]; training updates running statistics."""
    op = call.node.op
    norms = _norms(call)
    left = iter(_addends(call, xs, norms))
    currents = [list(islice(left, len(terms))) for terms in op.currents]
    leaves = call.leaves[len(call.leaves) - len(op.learned) :] if own.forms else ()
    weights = parameters_of(op, leaves, own.forms)
    result = normed_neurons(own, currents, state, weights, op.b, training=call.training, share=share_of(call))
    if result is None:
        first, *others = (_sum(call, addends) for addends in currents)
        result = neurons(own, first, state, weights, others, op.b)
    _write_back(call, norms)
    return result


_Norm = tuple[NormOf, Sequence[nn.Module]]
"""The norm of a term, and the modules with its weights."""


def _norms(call: Call[NormLif | NormNeurons]) -> list[_Norm | None]:
    """The norm of each term."""
    left = iter(call.leaves)
    leaves = [list(islice(left, len(term.norms))) for term in call.node.op.terms]
    return [
        (norm_of(found, t.eps, t.momentum), found) if found else None
        for t, found in zip(call.node.op.terms, leaves, strict=True)
    ]


def _addends(call: Call[NormLif | NormNeurons], xs: Sequence[Tensor], norms: Sequence[_Norm | None]) -> list[Addend]:
    """The terms [T, N, C, *size]; in training of samples that differ in length they are normed already."""
    terms = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    if any(norm is not None for norm in norms):
        require_variance(call, terms[0])
    given = [None if norm is None else norm[0] for norm in norms]
    if call.training and call.within is not None:
        return [Addend(_normed(x, norm, v, call)) for x, norm, v in zip(xs, given, call.operands, strict=True)]
    return [Addend(x, norm) for x, norm in zip(terms, given, strict=True)]


def _write_back(call: Call[NormLif | NormNeurons], norms: Sequence[_Norm | None]) -> None:
    """Copies the running statistics that training has updated to each norm's own."""
    if call.training:
        for norm in norms:
            if norm is not None:
                write_back(*norm)


def _normed(x: Tensor, norm: NormOf | None, value: Value, call: Call) -> Tensor:
    """A term [T, N, C, *size] with its norm in training, where samples differ in length."""
    assert call.within is not None
    if norm is None:
        return over_time(x, value, call.steps)
    if value.steps:
        return normed_within(x, norm, call.within, synchronised=synchronised(call))
    return over_time(normed(x, norm, training=True, synchronised=synchronised(call)), value, call.steps)


def _sum(call: Call[NormLif | NormNeurons], addends: Sequence[Addend]) -> Float[Tensor, "T N C *size"]:
    return summed(addends, training=call.training, synchronised=synchronised(call))


def summed(addends: Sequence[Addend], *, training: bool, synchronised: bool = False) -> Float[Tensor, "T N C *size"]:
    """The sum of terms [T, N, C, *size], each with its norm, by operations of torch."""
    total: Tensor | None = None
    for addend in addends:
        x, y = addend.value, addend.value
        if addend.norm is not None:
            flat = normed(x.flatten(0, 1), addend.norm, training=training, synchronised=synchronised)
            y = flat.unflatten(0, x.shape[:2])  # pyright: ignore[reportUnknownVariableType]
        total = y if total is None else total + y  # pyright: ignore[reportUnknownVariableType]
    assert total is not None
    return total  # pyright: ignore[reportUnknownVariableType]
