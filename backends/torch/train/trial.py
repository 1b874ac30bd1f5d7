"""A step of an optimizer that is tried and not taken."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def trial_step(
    optimizer: torch.optim.Optimizer,
    parameters: Sequence[torch.nn.Parameter],
    gradients: Sequence[Tensor],
    clip: float | None = None,
    *,
    fresh: bool = False,
) -> list[Tensor]:
    """What some parameters would be after one step of an optimizer, whatever its rule: neither it nor they change.

    The rule runs on copies of the parameters and of their state, with the options of their groups as they are now: learning
    rate, momentum, weight decay, betas.

    Args:
        optimizer: Of these parameters, and maybe of others.
        parameters: w.
        gradients: One for each parameter, of its shape.
        clip: The largest norm of these gradients taken together; None leaves them.
        fresh: Whether the copies have no state, as those of parameters that have taken no step.

    Returns:
        The values after the step, in the order of the parameters, without gradients.

    Raises:
        ValueError: A parameter is none of the optimizer's.
    """
    home = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    copies = [torch.nn.Parameter(p.detach().clone()) for p in parameters]
    groups: list[dict[str, object]] = []
    for parameter, copy in zip(parameters, copies, strict=True):
        if id(parameter) not in home:
            raise ValueError("a parameter is not among the optimizer's")
        groups.append({**home[id(parameter)], "params": [copy]})
    trial = type(optimizer)(groups)  # type: ignore[call-arg] (each group has every option)
    for parameter, copy, gradient in zip(parameters, copies, gradients, strict=True):
        copy.grad = gradient.detach().clone()
        state = None if fresh else optimizer.state.get(parameter)
        if state:
            trial.state[copy] = {k: v.clone() if isinstance(v, Tensor) else v for k, v in state.items()}
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(copies, clip)
    trial.step()
    return [copy.detach() for copy in copies]
