"""The optimizers of the language, and their learning rates."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch

from spikegraph.base.errors import UntrainableError
from spikegraph.base.nearest import listed
from spikegraph.dsl.schema.optimisers import BETAS, LR, MOMENTUM, NESTEROV, OPTIMISERS, WEIGHT_DECAY
from spikegraph.dsl.schema.schedules import learning_rate
from spikegraph.dsl.spec import CallValue, Run

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def _without_compiler(kind: Any) -> Any:
    """A kind of optimizer that doesn't import torch's compiler, which takes two seconds, to say what mustn't be compiled."""
    names = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in names}
    return type(kind.__name__, (kind,), methods | {"step": torch.no_grad()(inspect.unwrap(kind.step)), "__doc__": kind.__doc__})


SGD: type[torch.optim.SGD] = _without_compiler(torch.optim.SGD)
ADAM: type[torch.optim.Adam] = _without_compiler(torch.optim.Adam)
ADAMW: type[torch.optim.AdamW] = _without_compiler(torch.optim.AdamW)


def optimizer_for(call: CallValue, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """Creates the optimizer of a call such as `sgd(...)`.

    Raises:
        TrainError: The optimizer is unknown, or torch rejects an argument.
    """
    values, parameters = call.named, list(parameters)
    # The fused form updates a parameter and its state in one pass over memory.
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    try:
        match call.name:
            case "sgd":
                return SGD(
                    parameters,
                    lr=LR.of(values),
                    momentum=MOMENTUM.of(values),
                    weight_decay=WEIGHT_DECAY.of(values),
                    nesterov=NESTEROV.of(values),
                    fused=fused,
                )
            case "adam" | "adamw":
                kind = ADAM if call.name == "adam" else ADAMW
                beta1, beta2 = BETAS.of(values)
                return kind(parameters, LR.of(values), (beta1, beta2), weight_decay=WEIGHT_DECAY.of(values), fused=fused)
            case _:
                raise UntrainableError(f"{call.span.start}: there is no optimizer `{call.name}`", f"use {listed(OPTIMISERS)}")
    except ValueError as error:
        raise UntrainableError(f"{call.span.start}: `{call.name}`: {error}") from error


def rate_at(run: Run, epoch: int, done: float) -> float:
    """The learning rate of a run's weights in `epoch` (from 0), of which the fraction `done` is finished."""
    return learning_rate(run.schedule, LR.of(run.weights.named), epoch + done, run.epochs)


def trained_weights(model: Model) -> list[torch.nn.Parameter]:
    """The weights of a model that an optimizer changes: all that aren't frozen."""
    return [weight for weight in model.weights() if weight.requires_grad]


def parameters_of(optimizer: torch.optim.Optimizer) -> list[torch.nn.Parameter]:
    """The parameters of an optimizer, over all its groups."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
