"""The layer at which a training diverges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.analysis.divergence import LARGEST_WEIGHT
from spikegraph.analysis.out_of_memory import place
from spikegraph.backends.torch.datasets import Batch, inputs_of
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import DivergedError

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.base.processes import Processes


THE_INPUT = "the input"
"""How the text of `exploding` begins if the samples are the cause, and not the training."""


def exploding(model: Model, batch: Batch) -> str:
    """Where the values of a forward pass explode: the first that aren't finite or are too large, or the largest of all."""
    given = inputs_of(batch, tuple(model.graph.inputs()))
    for name, x in given.items():
        if not bool(x.isfinite().all()):
            return f"{THE_INPUT} {place(model.graph.node(name))} isn't finite"
    sizes: dict[str, float] = {}
    wanted = (*model.outputs, *model.graph.taps.values())
    with torch.no_grad():
        values_of(model, batch, wanted, watch=lambda name, x: sizes.update({name: _magnitude(x)}))
    first = next((name for name, size in sizes.items() if not size <= LARGEST_WEIGHT), None)
    name = max(sizes, key=sizes.__getitem__) if first is None else first
    which = "the largest values are" if first is None else "the first values to explode are"
    return f"{which} those of {place(model.graph.node(name))}, up to {sizes[name]:.3g}"


def exploding_in(processes: Processes, model: Model, batch: Batch) -> str:
    """As `exploding`, of the parts of a batch that several processes have; all must call it."""
    with processes.alone():
        found = processes.gathered(exploding(model, batch))
    return next((text for text in found if not text.startswith("the largest")), found[0])


def divergence(at: str, what: str, where: str | None, kept: str, rate: float, clip: float | None) -> DivergedError:
    """The error of a training that diverged.

    Args:
        at: The phase, and where in it.
        what: What is too large.
        where: Where it begins, as `exploding` says; None or empty if that isn't known.
        kept: What is saved.
        rate: The learning rate.
        clip: Maximum norm of the gradient; None for no clipping.
    """
    summary = f"{at}: {what}; {where}" if where else f"{at}: {what}"
    if where is not None and where.startswith(THE_INPUT):
        return DivergedError(summary, f"{kept}; correct or remove the samples that have a NaN or an infinite number")
    other = "`clip`" if clip is None else f"a smaller `clip` than {clip:g}"
    return DivergedError(summary, f"{kept}; use a smaller learning rate than {rate:g}, or {other}")


def check_weights(model: Model) -> None:
    """Checks the weights before they are saved.

    Raises:
        DivergedError: A weight or statistic isn't finite, or a weight is too large.
    """
    trained = {name for name, _ in model.named_parameters()} - set(model.architecture)
    for name, value in model.state_dict().items():
        size = _magnitude(value) if value.is_floating_point() else 0.0
        if not size <= (LARGEST_WEIGHT if name in trained else torch.finfo(torch.float64).max):
            leaf = name.rpartition(".")[0]
            where = next((f" ({n.span.start})" for n in model.graph if leaf in n.leaves), "")
            what = f"has values up to {size:.3g}" if math.isfinite(size) else "is no longer finite"
            raise DivergedError(f"{name}{where} {what}")


def _magnitude(x: Tensor) -> float:
    """The largest magnitude; nan if one is."""
    return float(torch.linalg.vector_norm(x.detach(), math.inf)) if x.numel() else 0.0  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
