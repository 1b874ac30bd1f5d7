"""Kernel of the fused norms, sum and neurons (Che et al., NeurIPS 2022, Eq. 1): compiled code or operations of torch."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.activation import spikes_of
from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time
from spikegraph.backends.torch.native.neuron import Constants, NormOf, fire, usable
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.fused import CurrentTerm, NormLif


@kernel("norm_lif")
def norm_lif(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spiking neurons over all time steps (Eq. 1); training updates each norm's running statistics."""
    op = call.node.op
    assert isinstance(op, NormLif)
    terms = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    leaves = _leaves(op.terms, call.leaves)
    norms = [_norm(term, found) for term, found in zip(op.terms, leaves, strict=True)]
    n = op.neuron
    if all(usable(x, n.surrogate.name, op.b) for x in terms):
        constants = Constants(n.decay, n.threshold, n.reset == "hard", n.surrogate.name, op.b, n.detach_reset)
        result = fire(terms, norms, state, constants, training=call.training)
    else:
        result = unfused(terms, norms, state, n, op.b, training=call.training)
    if call.training:
        for norm, found in zip(norms, leaves, strict=True):
            _write_back(norm, found)
    return result


def unfused(
    terms: Sequence[Tensor], norms: Sequence[NormOf | None], state: State, n: Neuron, b: Sequence[float], *, training: bool
) -> tuple[Tensor, State]:
    """Evaluates the norms, their sum and the neurons with operations of torch."""
    total: Tensor | None = None
    for x, norm in zip(terms, norms, strict=True):
        y = x
        if norm is not None:
            y = F.batch_norm(
                x.flatten(0, 1), norm.mean, norm.var, norm.weight, norm.bias, training, norm.momentum, norm.eps
            ).unflatten(0, x.shape[:2])
        total = y if total is None else total + y
    assert total is not None
    return spikes_of(n, total, state, b)


def _leaves(terms: Sequence[CurrentTerm], leaves: Sequence[nn.Module]) -> list[Sequence[nn.Module]]:
    """The leaves of each term's norms."""
    found: list[Sequence[nn.Module]] = []
    start = 0
    for term in terms:
        found.append(leaves[start : start + len(term.norms)])
        start += len(term.norms)
    return found


def _norm(term: CurrentTerm, leaves: Sequence[nn.Module]) -> NormOf | None:
    """The joined norms of a term; a single norm's own tensors, not copies."""
    if not leaves:
        return None
    names = ("weight", "bias", "running_mean", "running_var")
    weight, bias, mean, var = (_joined([getattr(leaf, name) for leaf in leaves]) for name in names)
    return NormOf(weight, bias, mean, var, term.eps, term.momentum)


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tuple(tensors))


def _write_back(norm: NormOf | None, leaves: Sequence[nn.Module]) -> None:
    """Copies the updated running statistics of joined norms back to each norm."""
    if norm is None or len(leaves) == 1:
        return
    sizes = [len(leaf.running_mean) for leaf in leaves]  # type: ignore[arg-type]
    for leaf, mean, var in zip(leaves, norm.mean.split(sizes), norm.var.split(sizes), strict=True):
        leaf.running_mean.copy_(mean)  # type: ignore[operator]
        leaf.running_var.copy_(var)  # type: ignore[operator]
