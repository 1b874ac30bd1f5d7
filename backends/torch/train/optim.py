"""The optimizers and learning rate schedules of the language."""

import math
from collections.abc import Iterable
from typing import Any

import torch

from spikegraph.dsl.spec import CallValue, Run
from spikegraph.errors import TrainError


def optimizer_for(call: CallValue, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """Creates the optimizer of a call `sgd(...)` or `adam(...)`.

    Raises:
        TrainError: The optimizer is unknown, or torch rejects an argument.
    """
    values: dict[str, Any] = dict(call.named)
    parameters = list(parameters)
    # The fused form updates a parameter and its state in one pass over memory.
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
                options: dict[str, Any] = {"lr": values["lr"], "betas": (beta1, beta2), "weight_decay": values["weight_decay"]}
                return torch.optim.Adam(parameters, **options, fused=fused)
            case _:
                raise TrainError(f"{call.span.start}: there is no optimizer `{call.name}`", "use `sgd` or `adam`")
    except ValueError as error:
        raise TrainError(f"{call.span.start}: `{call.name}`: {error}") from error


def learning_rate(schedule: CallValue, base: float, position: float, epochs: int) -> float:
    """The learning rate at a position in a run.

    constant: base. cosine: min + (base - min) * (1 + cos(pi * position / epochs)) / 2, updated at every step.
    halve_at: base / 2^k, where k is the number of listed epochs that are finished.

    Args:
        schedule: `constant`, `cosine(min)` or `halve_at(epochs)`.
        base: The optimizer's learning rate.
        position: Number of finished epochs, fractional within an epoch: 2.5 is the middle of the third.
        epochs: Number of epochs of the run.

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
    """The learning rate of a run's weights in `epoch` (from 0), of which the fraction `done` is finished."""
    base = run.weights.named["lr"]
    assert isinstance(base, int | float)  # every optimizer of the language has one
    return learning_rate(run.schedule, base, epoch + done, run.epochs)


def parameters_of(optimizer: torch.optim.Optimizer) -> list[torch.nn.Parameter]:
    """The parameters of an optimizer, over all its groups."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
