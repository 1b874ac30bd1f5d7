"""Optimizers and schedules as specs name them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch

from spikegraph.dsl.spec import CallValue, Run
from spikegraph.errors import TrainError


def optimizer_for(call: CallValue, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer that `sgd(...)` or `adam(...)` means, for these parameters.

    Raises:
        TrainError: It is unknown, or torch refuses its parameters.
    """
    values: dict[str, Any] = dict(call.named)
    parameters = list(parameters)
    # One sweep over a parameter and its state, where torch has that.
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    try:
        match call.name:
            case "sgd":
                return torch.optim.SGD(
                    parameters,
                    lr=values["lr"],
                    momentum=values["momentum"],
                    weight_decay=values["weight_decay"],
                    nesterov=values["nesterov"],
                    fused=fused,
                )
            case "adam":
                beta1, beta2 = values["betas"]
                options = {"lr": values["lr"], "betas": (beta1, beta2), "weight_decay": values["weight_decay"]}
                return torch.optim.Adam(parameters, **options, fused=fused)
            case _:
                raise TrainError(f"{call.span.start}: there is no optimizer `{call.name}`", "there are sgd and adam")
    except ValueError as error:
        raise TrainError(f"{call.span.start}: `{call.name}`: {error}") from error


def learning_rate(schedule: CallValue, base: float, position: float, epochs: int) -> float:
    """The learning rate at a place of a run.

    constant: base. cosine: min + (base - min) * (1 + cos(pi * position / epochs)) / 2, moving within an epoch too.
    halve_at: base / 2^k with k the listed epochs that are over.

    Args:
        schedule: `constant`, `cosine(min)` or `halve_at(epochs)`.
        base: The optimizer's learning rate.
        position: Epochs done, with the share of the present one: 2.5 is the middle of the third.
        epochs: Of the whole run.

    Raises:
        TrainError: The schedule is unknown.
    """
    match schedule.name, dict(schedule.named):
        case "constant", _:
            return base
        case "cosine", {"min": int() | float() as least}:
            return least + (base - least) * (1 + math.cos(math.pi * min(position / epochs, 1.0))) / 2
        case "halve_at", {"epochs": tuple(places)}:
            return base * 0.5 ** sum(isinstance(p, int | float) and p <= position for p in places)
        case _:
            raise TrainError(f"{schedule.span.start}: there is no schedule `{schedule.name}` with these parameters")


def rate_at(run: Run, epoch: int, done: float) -> float:
    """The learning rate of a run's weights: `epoch` from 0, `done` the share of it before the step."""
    base = run.weights.named["lr"]
    assert isinstance(base, int | float)  # the vocabulary knows no optimizer without one
    return learning_rate(run.schedule, base, epoch + done, run.epochs)


def parameters_of(optimizer: torch.optim.Optimizer) -> list[torch.nn.Parameter]:
    """The parameters that an optimizer changes."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets it for every group of parameters."""
    for group in optimizer.param_groups:
        group["lr"] = rate
