"""Prepares an optimizer for steps whose gradients are those of one path of a supernet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from spikegraph.backends.torch.train.optim import parameters_of

if TYPE_CHECKING:
    from spikegraph.base.processes import Processes


def of_paths(optimizer: torch.optim.Optimizer, processes: Processes, clip: float | None) -> None:
    """Before each of its steps, the optimizer averages the gradients that there are over all processes, and clips them.

    `DistributedDataParallel` can't: it belongs to one model, and each step of a search by paths trains another one. All
    processes must have gradients of the same parameters. Parameters without a gradient stay as they are.

    Args:
        optimizer: The optimizer.
        processes: The processes that train together.
        clip: Maximum norm of the averaged gradient; None for no clipping.
    """

    def before(*_: Any) -> None:
        given = [p for p in parameters_of(optimizer) if p.grad is not None]
        gradients = processes.averaged(p.grad for p in given if p.grad is not None)
        for parameter, gradient in zip(given, gradients, strict=True):
            parameter.grad = gradient
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(given, clip)

    optimizer.register_step_pre_hook(before)
