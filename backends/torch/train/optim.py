"""The optimizers of the language, and their learning rates."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from spikegraph.base.errors import UntrainableError
from spikegraph.base.nearest import listed
from spikegraph.dsl.schema import schedules
from spikegraph.dsl.schema.optimisers import BETAS, LR, MOMENTUM, NESTEROV, OPTIMISERS, WEIGHT_DECAY
from spikegraph.dsl.spec import CallValue, Retrain, Run
from spikegraph.ir.weight_names import last_of

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def _without_compiler(kind: Any) -> Any:
    """A kind of optimizer that doesn't import torch's compiler, which takes two seconds, to say what mustn't be compiled.

    It passes gradients to fused code as `_in_order` does.
    """

    def lists(self: Any, group: Any, parameters: list[Tensor], gradients: list[Tensor], *state: Any) -> Any:
        fused = group["fused"]
        if fused:
            _begin_momentum(self, [p for p in group["params"] if p.grad is not None])
        found = kind._init_group(self, group, parameters, gradients, *state)
        if fused:
            gradients[:] = map(_in_order, gradients, parameters)
        return found

    names = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in names} | {"_init_group": lists}
    return type(kind.__name__, (kind,), methods | {"step": torch.no_grad()(inspect.unwrap(kind.step)), "__doc__": kind.__doc__})


def _in_order(gradient: Tensor, parameter: Tensor) -> Tensor:
    """The gradient's numbers in the order of the parameter's memory, a view if they lie so: [numbers] for channels last.

    torch's fused optimizers for CPUs take both by memory, whatever their strides, and copy a gradient that isn't contiguous.
    """
    if parameter.device.type != "cpu" or gradient.is_sparse:
        return gradient
    if gradient.stride() != parameter.stride():
        gradient = torch.empty_like(parameter).copy_(gradient)
    return gradient if gradient.is_contiguous() else gradient.as_strided((gradient.numel(),), (1,))


SGD: type[torch.optim.SGD] = _without_compiler(torch.optim.SGD)
ADAM: type[torch.optim.Adam] = _without_compiler(torch.optim.Adam)
ADAMW: type[torch.optim.AdamW] = _without_compiler(torch.optim.AdamW)


FACTOR = "factor"
"""The key of a group of an optimizer's parameters whose learning rate is multiplied by a factor."""


def optimizer_for(
    call: CallValue, parameters: Iterable[torch.nn.Parameter], factors: Sequence[float] = ()
) -> torch.optim.Optimizer:
    """Creates the optimizer of a call such as `sgd(...)`.

    Args:
        call: The call.
        parameters: The parameters.
        factors: What `set_learning_rate` multiplies the learning rate of each by; 1 if it is empty. Neighbours with one factor
            are a group, so that parameters keep their order, by which checkpoints name them.

    Raises:
        TrainError: The optimizer is unknown, or torch rejects an argument.
    """
    values, parameters = call.named, list(parameters)
    # The fused form updates a parameter and its state in one pass over memory.
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    if factors:
        pairs = groupby(zip(factors, parameters, strict=True), key=itemgetter(0))
        groups: list[Any] = [{"params": [parameter for _, parameter in of], FACTOR: factor} for factor, of in pairs]
    else:
        groups = parameters
    try:
        match call.name:
            case "sgd":
                return SGD(
                    groups,
                    lr=LR.of(values),
                    momentum=MOMENTUM.of(values),
                    weight_decay=WEIGHT_DECAY.of(values),
                    nesterov=NESTEROV.of(values),
                    fused=fused,
                )
            case "adam" | "adamw":
                kind = ADAM if call.name == "adam" else ADAMW
                beta1, beta2 = BETAS.of(values)
                return kind(groups, LR.of(values), (beta1, beta2), weight_decay=WEIGHT_DECAY.of(values), fused=fused)
            case _:
                raise UntrainableError(f"{call.span.start}: there is no optimizer `{call.name}`", f"use {listed(OPTIMISERS)}")
    except ValueError as error:
        raise UntrainableError(f"{call.span.start}: `{call.name}`: {error}") from error


def rate_at(run: Run, epoch: int, done: float) -> float:
    """The learning rate of a run's weights in `epoch` (from 0), of which the fraction `done` is finished."""
    return schedules.learning_rate(run.schedule, LR.of(run.weights.named), epoch + done, run.epochs)


def weights_optimizer(run: Run, model: Model) -> torch.optim.Optimizer:
    """The optimizer of the weights that a run trains, with the factors of its `rates`.

    Raises:
        TrainError: As `optimizer_for`.
    """
    trained = trained_weights(model)
    if not isinstance(run, Retrain) or not run.rates:
        return optimizer_for(run.weights, trained)
    names = {id(weight): name for name, weight in model.named_parameters()}
    factors = last_of(((rate.weights.text, rate.factor) for rate in run.rates), (names[id(weight)] for weight in trained), 1.0)
    return optimizer_for(run.weights, trained, list(factors.values()))


def rates_line(optimizer: torch.optim.Optimizer) -> str:
    """What a person reads of the factors: `rates: 0.1 for 1,234 parameters`; empty if all are 1."""
    counts = dict[float, int]()
    for group in optimizer.param_groups:
        counts[group[FACTOR]] = counts.get(group[FACTOR], 0) + sum(weight.numel() for weight in group["params"])
    shown = [f"{factor:g} for {count:,} parameters" for factor, count in counts.items() if factor != 1]
    return f"rates: {', '.join(shown)}" if shown else ""


def trained_weights(model: Model) -> list[torch.nn.Parameter]:
    """The weights of a model that an optimizer changes: all that aren't frozen."""
    return [weight for weight in model.weights() if weight.requires_grad]


def parameters_of(optimizer: torch.optim.Optimizer) -> list[torch.nn.Parameter]:
    """The parameters of an optimizer, over all its groups."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def _begin_momentum(optimizer: torch.optim.Optimizer, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Gives parameters that have no momentum yet one of 0, where the optimizer has momentum.

    torch's fused SGD takes all parameters for new ones or none, gives momentum the shape of the gradient's view, and leaves it
    without a value in a step that is left out.
    """
    for parameter in parameters if optimizer.defaults.get("momentum") else ():
        if optimizer.state[parameter].get("momentum_buffer") is None:
            optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def learning_rate(optimizer: torch.optim.Optimizer) -> float:
    """The learning rate that was set last, without factors."""
    group = optimizer.param_groups[0]
    return group["lr"] / group.get(FACTOR, 1.0)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group, times its factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(FACTOR, 1.0)
