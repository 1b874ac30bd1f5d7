"""The cross entropy of logits and classes: of samples, of time steps or of pixels, weighted and mixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.modules.subpixel import full_precision
from spikegraph.backends.torch.train.losses import LossCall, last_step, same_size
from spikegraph.base.errors import UntrainableError

NO_LABEL = -100
"""What torch leaves out where no label is ignored: none is negative."""


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
    steps = batch.counted
    return [Labels(of.target[steps], None if of.share is None else of.share.expand(steps.shape)[steps]) for of in found]


def cross_entropy(call: LossCall, logits: Shaped[Tensor, "..."]) -> Float[Tensor, ""]:
    """The mean over the labels that count, a scalar [], of logits [N, K], [T, N, K], [N, K, H, W] or [T, N, K, H, W].

    With weights of classes each label counts as much as its class weighs. For a target that is mixed of two classes, it is the
    cross entropy of both, each times its share (Zhang et al., "mixup", ICLR 2018, section 2).
    """
    smoothing, ignored, weights = call.options["label_smoothing"], call.options.get("ignore"), call.class_weights
    labels = labels_of(call.batch)
    if call.batch.counted.dim() == 2:
        logits = call.compared(logits)[0]
    elif call.batch.target.dim() == 3:
        logits = last_step(logits)
        same_size("label maps", call.batch.target.shape[1:], logits.shape[2:])
    else:
        labels = [of.repeated(logits.shape[:-1]) for of in labels]
        logits = logits.flatten(0, -2)
    for of in labels:
        _are_classes(of.target, logits.shape[1], ignored)
    logits = full_precision(logits)
    entropy = partial(
        F.cross_entropy,
        logits,
        weight=None if weights is None else weights_on(weights, logits.device).to(logits.dtype),
        ignore_index=NO_LABEL if ignored is None else int(ignored),
        label_smoothing=smoothing,
    )
    if ignored is None and weights is None and len(labels) == 1:
        return entropy(labels[0].target)
    totals = [
        entropy(of.target, reduction="sum") if of.share is None else (of.share * entropy(of.target, reduction="none")).sum()
        for of in labels
    ]
    amount = torch.as_tensor(_amount(labels, ignored, weights), device=logits.device)
    return sum(totals[1:], totals[0]) / torch.where(amount > 0, amount, 1)


def counted_labels(call: LossCall) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
    """How many labels count, a scalar []: their number, or the sum of the weights of their classes."""
    return _amount(labels_of(call.batch), call.options.get("ignore"), call.class_weights)


def _amount(
    labels: Sequence[Labels], ignored: float | None, weights: tuple[float, ...] | None
) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
    amounts = [of.amount(ignored, weights) for of in labels]
    return sum(amounts[1:], amounts[0])


def _are_classes(target: Tensor, classes: int, ignored: float | None) -> None:
    """Checks the labels, on the CPU; on a GPU the loss itself reports them."""
    if target.device.type == "cpu":
        strange = target[(target < 0) | (target >= classes)]
        strange = strange if ignored is None else strange[strange != int(ignored)]
        if len(strange):
            label = int(strange[0])
            help = f"write `cross_entropy(OUTPUT, ignore = {label})` if such pixels have no class" if label >= 0 else None
            raise UntrainableError(f"the label {label} isn't one of {classes} classes", help)
