"""An optimizer's state as named tensors and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state of each parameter: tensors as `NUMBER/KEY`, and what JSON can hold under the same names.

    Learning rates and the like are not state here: they follow from the spec and the place in the run.
    """
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"{number}/{key}"] = value
            else:
                plain[f"{number}/{key}"] = value
    return tensors, plain


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> None:
    """Puts back what `optimizer_state` took.

    Raises:
        ValueError: It is of other parameters.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**tensors, **plain}.items():
        number, _, key = name.partition("/")
        index = int(number)
        if index >= len(parameters):
            raise ValueError(f"there is a state of parameter {index}, and {len(parameters)} parameters")
        if isinstance(value, Tensor) and value.dim() and value.shape != parameters[index].shape:
            raise ValueError(f"the state `{key}` of parameter {index} has the shape {list(value.shape)}")
        state.setdefault(index, {})[key] = _laid_out(value, parameters[index]) if isinstance(value, Tensor) else value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """With its axes in memory as the parameter's, which the optimizer's own steps go by."""
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value
