"""The labels with which logits are compared: those of steps and of mixed samples, and how much each counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch


@dataclass(frozen=True)
class Labels:
    """The labels with which logits are compared.

    Attributes:
        target: The labels, int64 [M, ...].
        share: The share of the loss that each has, [M]; None for all of it.
    """

    target: Int[Tensor, "M ..."]
    share: Float[Tensor, " M"] | None = None

    def repeated(self, shape: torch.Size) -> "Labels":
        """The labels of samples [N] for values of this shape, [N] or [T, N], in a row."""
        target, share = (None if x is None else x.expand(shape).flatten() for x in (self.target, self.share))
        assert target is not None
        return Labels(target, share)

    def within(self, own: Bool[Tensor, "T N"], dtype: torch.dtype) -> "Labels":
        """The labels of samples [N] for their own time steps, in a row; those of a sample have its share together."""
        share = own.sum(0).to(dtype).reciprocal() * (1 if self.share is None else self.share)
        return Labels(self.target.expand(own.shape)[own], share.expand(own.shape)[own])

    def amount(self, ignored: float | None, weights: tuple[float, ...] | None) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
        """How many labels count, a scalar []: their number, or the sum of the weights of their classes, times their shares."""
        kept = None if ignored is None else self.target != int(ignored)
        if weights is None and self.share is None:
            return self.target.numel() if kept is None else kept.sum()
        known = self.target if kept is None else self.target.where(kept, 0)
        each = torch.ones_like(known, dtype=torch.float32) if weights is None else weights_on(weights, known.device)[known]
        each = each if self.share is None else each * self.share
        return (each if kept is None else each * kept).sum()


@cache
def weights_on(weights: tuple[float, ...], device: torch.device) -> Float[Tensor, " K"]:
    """The weights of classes, on a device."""
    return torch.tensor(weights, dtype=torch.float32, device=device)


def labels_of(batch: Batch) -> list[Labels]:
    """The labels of a batch that count; where targets are mixed of two classes, those of both."""
    found = [Labels(batch.target)]
    if batch.mixed is not None:
        found = [Labels(batch.target, batch.mixed.share), Labels(batch.mixed.target, 1 - batch.mixed.share)]
    if batch.counted.dim() == 1:
        return found
    steps = batch.places
    shape = batch.counted.shape
    return [Labels(of.target[steps], None if of.share is None else of.share.expand(shape)[steps]) for of in found]


def amount(
    labels: Sequence[Labels], ignored: float | None, weights: tuple[float, ...] | None
) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
    """How many labels count, of all together; as of `Labels.amount`."""
    amounts = [of.amount(ignored, weights) for of in labels]
    return sum(amounts[1:], amounts[0])
