"""Which neurons `dgs at auto(n, by = gradient)` searches (Che et al., NeurIPS 2022, section 6, leave the choice open)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.analysis.dgs import Group, groups, only_marked
from spikegraph.analysis.out_of_memory import guarded
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.backends.torch.train.dgs_passes import Passes, Weights
from spikegraph.backends.torch.train.random_state import random_state, restore_random_state
from spikegraph.base.errors import UntrainableError
from spikegraph.dsl.dgs_places import auto_count

if TYPE_CHECKING:
    from spikegraph.backends.torch.datasets import Batch
    from spikegraph.backends.torch.model import Model, Watch
    from spikegraph.backends.torch.train.losses import Losses
    from spikegraph.backends.torch.train.phase_batches import PhaseBatches
    from spikegraph.backends.torch.train.phase_log import PhaseLog
    from spikegraph.dsl.spec import Retrain


def choose_places(run: Retrain, model: Model, losses: Losses, batches: PhaseBatches, phase: PhaseLog) -> None:
    """Keeps the marks of an automatic place only at the neurons that it chooses; without such a place does nothing.

    The measure is taken once, on the batches of the retraining's first step. The result is part of the checkpoint, so a
    resumed run has the same neurons.

    Raises:
        OutOfMemoryError: Memory ran out; the error names the layer.
        UntrainableError: All weights in front of neurons are frozen.
    """
    for place in (p for dgs in run.dgs for p in dgs.places):
        count, there = auto_count(place), [g for g in groups(model.graph) if g.place == place]
        if count is None or not there:  # a genotype may leave none
            continue
        if phase.position.auto is None:
            model.train()
            found = tuple(g for g in there if _trained(model, g))
            if not found:
                raise UntrainableError(
                    f"`dgs at {place}`: `freeze` holds the weights of every neuron", "freeze fewer, or leave out `dgs`"
                )
            state = random_state(batches.device)
            measured = gradients_rms(Passes(model, losses, found, batches.processes), next(batches.weights(0)))
            restore_random_state(*state, batches.device)
            phase.position.auto = largest(measured, count)
            chosen = ", ".join(f"{name} ({measured[name]:.3g})" for name in phase.position.auto)
            phase.log.notice(f"dgs at {place}: the root mean square of the gradient is largest at {chosen}")
        model.adopt(only_marked(model.graph, place, phase.position.auto))


def _trained(model: Model, group: Group) -> bool:
    """Whether no weight in front of a neuron is frozen."""
    leaves = (leaf_at(model, name) for name in group.weights)
    return all(weight.requires_grad for leaf in leaves if leaf is not None for weight in leaf.parameters(recurse=False))


def largest(measured: dict[str, float], count: int) -> tuple[str, ...]:
    """The names with the largest values, the largest first; of equal values, those that come first."""
    return tuple(sorted(measured, key=lambda name: -measured[name])[:count])


def gradients_rms(passes: Passes, step: Sequence[Batch]) -> dict[str, float]:
    """The root mean square of dL/dw over the weights w of each group, for the batches of one training step.

    |dL/dw| / sqrt(size of w), with L and w as in Algorithm 1, line 6. Doesn't change the model or its running statistics.
    """
    samples = sum(batch.size for batch in step)
    total: dict[tuple[str, str], Tensor] = {}
    for batch in step:
        with passes.processes.standing_in(not batch.present):
            found = guarded(passes.model.graph, partial(_gradients, passes, batch))
        for key, value in found.items():
            share = value.double() * (batch.size / samples)
            total[key] = total[key] + share if key in total else share
    means = dict(zip(total, passes.processes.averaged(total.values()), strict=True))
    return {
        name: float(torch.cat([means[key].flatten() for key in parameters]).square().mean().sqrt())
        for name, parameters in passes.parameters.items()
    }


def _gradients(passes: Passes, batch: Batch, watch: Watch | None) -> Weights:
    with passes.watched(watch) as these:
        forward = these.forward(batch)
        gradients = torch.autograd.grad(forward.loss, list(forward.weights.values()), materialize_grads=True)
        return dict(zip(forward.weights, gradients, strict=True))
