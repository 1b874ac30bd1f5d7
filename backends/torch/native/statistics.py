"""What compiled code takes of batch norms: the batch's statistics in training, else the running ones."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.native.calls import Arguments, cut
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.backends.torch.native.plan import Plan


def affines_of(
    plan: Plan,
    tensors: Sequence[Float[Tensor, " C"]],
    constants: Sequence[float],
    rows: Sequence[Float[Tensor, "..."]],
    *,
    training: bool,
) -> Float[Tensor, "norms 6 C"]:
    """The norms of terms, each as `affine_from` gives it; with the terms' own statistics in training.

    Args:
        plan: How tensors are passed.
        tensors: Weight, bias, running mean and running variance of each norm.
        constants: `eps` and `momentum` of each norm.
        rows: The terms as rows [T, N, *size, C], one for each norm, at least one.
        training: Whether to use the terms' statistics.
    """
    tensors = [x.to(plan.sums).contiguous() for x in tensors]
    channels, count = rows[0].shape[-1], rows[0].numel() // rows[0].shape[-1]
    totals = rows[0].new_zeros(len(rows), 3, channels, dtype=torch.float64) if training else None
    if totals is not None:
        for row, total in zip(rows, totals, strict=True):
            p = Arguments(cut([row]), plan.sums)
            p.memory(row)
            p.address(total)
            p.call("moments")
    affines = rows[0].new_empty(len(rows), 6, channels, dtype=plan.sums)
    p = Arguments(cut(rows[:1]), plan.sums)
    p.numbers += [len(rows), count]
    p.doubles(*constants)
    p.address(totals)
    for x in (affines, *tensors):
        p.address(x)
    p.call("affines")
    return affines


def keep_statistics(norms: Sequence[NormOf], affines: Float[Tensor, "norms 6 C"]) -> None:
    """Writes the running statistics that training has updated to the norms."""
    with torch.no_grad():
        running, after = [x for n in norms for x in (n.mean, n.var)], list(affines[:, 4:].flatten(0, 1))
        torch._foreach_copy_(running, after)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
