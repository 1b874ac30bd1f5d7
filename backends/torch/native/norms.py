"""Batch norms of the terms of a current: what compiled code takes of them, and the gradients of their terms."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.native.calls import Arguments, cut, empty_rows
from spikegraph.backends.torch.native.plan import Plan


@dataclass(frozen=True)
class NormOf:
    """The batch norm of one term; all tensors are [C]. Training updates the running statistics in place."""

    weight: Float[Tensor, " C"]
    bias: Float[Tensor, " C"]
    mean: Float[Tensor, " C"]
    var: Float[Tensor, " C"]
    eps: float
    momentum: float


@dataclass(frozen=True)
class Addend:
    """A term of a current, [T, N, C, *size], with its norm; without a norm and for a model without state of any shape."""

    value: Float[Tensor, " T *rest"]
    norm: NormOf | None = None


def affine_from(norm: NormOf, total: Tensor | None, count: int | Tensor, real: torch.dtype) -> Tensor:
    """A norm as [6, C]: scale, shift, mean, 1 / standard deviation, and the running mean and variance after this call.

    The normed value is scale * y + shift.

    Args:
        norm: The norm.
        total: In training, the sums of y - near and of its square, and near, a number not far from the mean: [3, C] in float64;
            the batch's statistics follow from it. None for the running statistics.
        count: How many numbers of each channel were added; a scalar [] if they are those of several processes.
        real: The type of the result.
    """
    running = mean, var = norm.mean.to(real), norm.var.to(real)
    if total is not None:
        first, second = total[:2] / count
        var = (second - first.square()).clamp_(min=0).to(real)
        mean = (total[2] + first).to(real)
        others = (count - 1).clamp(min=1) if isinstance(count, Tensor) else max(count - 1, 1)
        unbiased = var * (count / others)
        running = running[0].lerp(mean, norm.momentum), running[1].lerp(unbiased, norm.momentum)
    inverse = (var + norm.eps).rsqrt_()
    scale = norm.weight.to(real) * inverse
    shift = torch.addcmul(norm.bias.to(real), mean, scale, value=-1)
    return torch.stack((scale, shift, mean, inverse, *running))


def equal_gradients(terms: Sequence[Tensor], normed: Sequence[bool]) -> bool:
    """True if the gradient of each term is the current's."""
    return not any(normed) and len({t.dtype for t in terms}) == 1


def _through_norms(
    plan: Plan,
    rows: Sequence[Tensor],
    affines: Sequence[Tensor | None],
    grad: Tensor,
    sums: Tensor,
    share: float,
    needed: Sequence[bool],
) -> list[Tensor | None]:
    """The gradient of each term, [T, N, *size, C], from the current's `grad`, which isn't needed afterwards."""
    outs = [empty_rows(r, r.dtype) if n else None for r, n in zip(rows[:-1], needed[:-1], strict=True)]
    last = grad if rows[-1].dtype == grad.dtype else empty_rows(rows[-1], rows[-1].dtype)
    outs.append(last if needed[-1] else None)
    p = Arguments(cut([*rows, grad]), plan.sums)
    p.terms(rows, affines)
    p.memory(grad)
    for out in outs:
        p.memory(out)
    p.address(sums)
    p.doubles(share)
    p.call("through_norms")
    return outs


def to_terms(
    plan: Plan,
    terms: Sequence[Tensor],
    rows: Sequence[Tensor],
    affines: Sequence[Tensor | None],
    grad: Tensor,
    sums: Tensor,
    needed: Sequence[bool],
    *,
    training: bool,
) -> list[Tensor | None]:
    """The gradient of each term [T, N, C, *size] for which it is needed, else None.

    Args:
        plan: How tensors are passed.
        terms: The terms of a current.
        rows: The same as rows.
        affines: The norm of each term, or None.
        grad: The gradient of the current as rows; it isn't needed afterwards.
        sums: Its sums for each channel, alone and times each normed term, [1 + terms, C].
        needed: For which terms it is needed.
        training: Whether the norms had the batch's statistics.
    """
    if equal_gradients(terms, [a is not None for a in affines]):
        return [plan.values(grad) if need else None for need in needed]
    share = grad.shape[-1] / grad.numel() if training else 0.0
    outs = _through_norms(plan, rows, affines, grad, sums, share, needed)
    return [None if o is None else plan.values(o).to(t.dtype) for o, t in zip(outs, terms, strict=True)]
