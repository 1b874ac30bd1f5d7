"""The cross entropy of logits and classes: of samples, of time steps or of pixels, weighted and mixed."""

from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from spikegraph.backends.torch.modules.subpixel import full_precision
from spikegraph.backends.torch.train.labels import amount, labels_of, weights_on
from spikegraph.backends.torch.train.losses import LossCall, same_size
from spikegraph.base.errors import UntrainableError

NO_LABEL = -100
"""What torch leaves out where no label is ignored: none is negative."""


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
        logits = call.last(logits)
        same_size("label maps", call.batch.target.shape[1:], logits.shape[2:])
    elif (own := call.batch.within) is not None and call.node.value.steps:
        logits = full_precision(logits[own])
        labels = [of.within(own, logits.dtype) for of in labels]
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
    if ignored is None and weights is None and labels[0].share is None and labels[0].target.numel():
        return entropy(labels[0].target)
    totals = [
        entropy(of.target, reduction="sum") if of.share is None else (of.share * entropy(of.target, reduction="none")).sum()
        for of in labels
    ]
    count = torch.as_tensor(amount(labels, ignored, weights), device=logits.device)
    return sum(totals[1:], totals[0]) / torch.where(count > 0, count, 1)


def counted_labels(call: LossCall) -> Float[Tensor, ""] | Int[Tensor, ""] | int:
    """How many labels count, a scalar []: their number, or the sum of the weights of their classes."""
    return amount(labels_of(call.batch), call.options.get("ignore"), call.class_weights)


def _are_classes(target: Tensor, classes: int, ignored: float | None) -> None:
    """Checks the labels, on the CPU; on a GPU the loss itself reports them. A compiled program doesn't branch on values."""
    if target.device.type == "cpu" and not torch.compiler.is_compiling():
        strange = target[(target < 0) | (target >= classes)]
        strange = strange if ignored is None else strange[strange != int(ignored)]
        if len(strange):
            label = int(strange[0])
            help = f"write `cross_entropy(OUTPUT, ignore = {label})` if such pixels have no class" if label >= 0 else None
            if help is not None and classes == 2:
                help += f"; in a mask of two classes write 1 in place of {label}"
            raise UntrainableError(f"the label {label} isn't one of {classes} classes", help)
