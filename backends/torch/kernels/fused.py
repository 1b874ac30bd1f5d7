"""Kernel of the fused norms, sum and neurons (Che et al., NeurIPS 2022, Eq. 1): compiled code or operations of torch."""

from collections.abc import Sequence
from itertools import islice

from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.kernels.activation import spikes_of
from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time
from spikegraph.backends.torch.kernels.weighted import (
    norm_of,
    normed,
    normed_within,
    require_variance,
    synchronised,
    write_back,
)
from spikegraph.backends.torch.modules.surrogate_gradient import GRADIENTS
from spikegraph.backends.torch.native.neuron import Constants, NormOf, fire, usable
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.types import Value


@kernel(NormLif)
def norm_lif(call: Call[NormLif], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes of the sum of terms [T, N, C, *size] (Eq. 1); training updates each norm's running statistics."""
    op = call.node.op
    terms = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    if any(term.norms for term in op.terms):
        require_variance(call, terms[0])
    left = iter(call.leaves)
    leaves = [list(islice(left, len(term.norms))) for term in op.terms]
    norms = [norm_of(found, t.eps, t.momentum) if found else None for t, found in zip(op.terms, leaves, strict=True)]
    n, together = op.neuron, synchronised(call)
    given: Sequence[NormOf | None] = norms
    if call.training and call.within is not None:
        terms = [_normed(x, norm, v, call) for x, norm, v in zip(xs, norms, call.operands, strict=True)]
        given = [None] * len(terms)
    compiled = not together and all(usable(x, n.surrogate.name, op.b) for x in terms)
    if compiled and GRADIENTS.is_built_in(n.surrogate.name):
        constants = Constants(n.decay, n.threshold, n.reset == "hard", n.surrogate.name, op.b, n.detach_reset)
        result = fire(terms, given, state, constants, training=call.training)
    else:
        result = unfused(terms, given, state, n, op.b, training=call.training, together=together)
    if call.training:
        for norm, found in zip(norms, leaves, strict=True):
            if norm is not None:
                write_back(norm, found)
    return result


def _normed(x: Tensor, norm: NormOf | None, value: Value, call: Call) -> Tensor:
    """A term [T, N, C, *size] with its norm in training, where samples differ in length."""
    assert call.within is not None
    if norm is None:
        return over_time(x, value, call.steps)
    if value.steps:
        return normed_within(x, norm, call.within, synchronised=synchronised(call))
    return over_time(normed(x, norm, training=True, synchronised=synchronised(call)), value, call.steps)


def unfused(
    terms: Sequence[Float[Tensor, "T N C *size"]],
    norms: Sequence[NormOf | None],
    state: State,
    n: Neuron,
    b: Sequence[float],
    *,
    training: bool,
    together: bool = False,
) -> tuple[Float[Tensor, "T N C *size"], State]:
    """Evaluates the norms of terms [T, N, C, *size], their sum and the neurons with operations of torch."""
    total: Tensor | None = None
    for x, norm in zip(terms, norms, strict=True):
        y: Tensor = x  # pyright: ignore[reportUnknownVariableType]
        if norm is not None:
            y = normed(x.flatten(0, 1), norm, training=training, synchronised=together).unflatten(0, x.shape[:2])  # pyright: ignore[reportUnknownVariableType]
        total = y if total is None else total + y  # pyright: ignore[reportUnknownVariableType]
    assert total is not None
    return spikes_of(n, total, state, b)  # pyright: ignore[reportUnknownArgumentType]
