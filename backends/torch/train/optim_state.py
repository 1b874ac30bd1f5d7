"""Converts an optimizer's state to named tensors and JSON values, and back."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.train.scaling import restore_scaler, scaler_state

SCALER = "scaler"
"""The name of the state of an optimizer's scaler."""


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state of each parameter: tensors by `NUMBER/KEY`, and other values for JSON by the same names.

    Hyperparameters such as learning rates are excluded: they follow from the spec and the position in the run.
    """
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"{number}/{key}"] = value
            else:
                plain[f"{number}/{key}"] = value
    scaler = scaler_state(optimizer)
    return tensors, plain if scaler is None else {**plain, SCALER: scaler}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> None:
    """Restores a state that `optimizer_state` returned.

    Raises:
        ValueError: The state belongs to other parameters, or to an optimizer of another kind.
        KeyError, TypeError: The state of its scaler is incomplete or invalid.
    """
    plain = dict(plain)
    restore_scaler(optimizer, plain.pop(SCALER, None))
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**tensors, **plain}.items():
        number, _, key = name.partition("/")
        index = int(number)
        if index >= len(parameters):
            raise ValueError(f"it has a state for parameter {index}, but the optimizer has {len(parameters)} parameters")
        if isinstance(value, Tensor) and value.dim() and value.shape != parameters[index].shape:
            raise ValueError(f"the state `{key}` of parameter {index} has the wrong shape {list(value.shape)}")
        state.setdefault(index, {})[key] = _laid_out(value, parameters[index]) if isinstance(value, Tensor) else value
    needed = _needed(optimizer)
    for index, held in state.items():
        if missing := needed - {key for key, value in held.items() if value is not None}:
            raise ValueError(f"the state of parameter {index} has no `{min(missing)}`; its optimizer was another one")
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _needed(optimizer: torch.optim.Optimizer) -> set[str]:
    """The names of what a step of an optimizer leaves for the next one."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    parameter.grad = torch.zeros(1)
    other = type(optimizer)([{**optimizer.param_groups[0], "params": [parameter]}])  # type: ignore[call-arg]
    other.step()
    return {key for key, value in other.state[parameter].items() if value is not None}


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """The state tensor in the parameter's memory format, as the optimizer would have created it."""
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value
