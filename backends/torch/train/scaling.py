"""Scaled gradients for float16, whose smallest numbers are too large for many gradients (Micikevicius et al., ICLR 2018).

The loss is multiplied by a scale before the backward pass, and gradients are divided by it before they are used. A step with a
gradient that isn't finite is left out and halves the scale; 2000 other ones in a row double it. The device decides: nothing
waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.amp.grad_scaler import GradScaler

from spikegraph.base.errors import TrainError, UntrainableError
from spikegraph.base.surface import argument

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Retrain
    from spikegraph.program.run_settings import Settings

SKIPPED = "skipped"
"""The number of a step that says whether it was left out, 1 or 0."""

_SCALER = "_scaler"


def with_scaler(optimizer: torch.optim.Optimizer, model: Model) -> torch.optim.Optimizer:
    """The optimizer, whose gradients are scaled from now on if the model computes in float16."""
    if model.low is torch.float16 and scaler_of(optimizer) is None:
        device = next(iter(model.parameters())).device
        setattr(optimizer, _SCALER, GradScaler(device.type))
    return optimizer


def scaler_of(optimizer: torch.optim.Optimizer) -> GradScaler | None:
    """The scaler of an optimizer; None where gradients aren't scaled."""
    return getattr(optimizer, _SCALER, None)


def scaled(scaler: GradScaler | None, loss: Any) -> Any:
    """A loss, a scalar [], times the scale; without a scaler itself."""
    return loss if scaler is None else cast("Any", scaler.scale(loss))


def scaled_step(scaler: GradScaler, optimizer: torch.optim.Optimizer) -> Float[Tensor, ""]:
    """The optimizer's step, unless a gradient isn't finite; 1 if it was left out, else 0, a scalar [] on the device.

    `unscale_` was called before.
    """
    found = scaler._found_inf_per_device(optimizer)  # pyright: ignore[reportPrivateUsage]
    skipped = cast("Tensor", sum(found.values())).clone()
    scaler.step(optimizer)
    scaler.update()
    return skipped


def scaler_state(optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
    """What the next steps need of an optimizer's scaler, for JSON; None without one."""
    scaler = scaler_of(optimizer)
    return None if scaler is None else scaler.state_dict()


def restore_scaler(optimizer: torch.optim.Optimizer, state: dict[str, Any] | None) -> None:
    """Restores what `scaler_state` returned; where only one of both has a scaler, nothing.

    Raises:
        KeyError, TypeError: The state is incomplete or invalid.
    """
    scaler = scaler_of(optimizer)
    if scaler is not None and state is not None:
        scaler.load_state_dict(state)


def require_scalable(settings: Settings, run: Retrain) -> None:
    """Checks that a training in float16 can scale its gradients.

    Raises:
        TrainError: It has several processes.
        UntrainableError: It searches surrogates, which compares gradients that aren't scaled.
    """
    help = f"use {argument('precision', 'bf16')}"
    if settings.precision == "fp16" and settings.processes.count > 1:
        raise TrainError("a training in several processes can't compute in float16, whose gradients are scaled in one", help)
    if settings.precision == "fp16" and run.dgs:
        summary = f"{run.span.start}: `dgs` compares gradients that are too small for float16"
        raise UntrainableError(summary, help)
