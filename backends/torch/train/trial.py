"""A trial step: computes an optimizer's step without applying it."""

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
    """The values of parameters after one optimizer step; changes neither the parameters nor the optimizer.

    The update rule runs on copies of the parameters and their state, with the current options of their groups (learning
    rate, momentum, weight decay, betas).

    Args:
        optimizer: An optimizer of at least these parameters.
        parameters: The parameters w.
        gradients: One gradient for each parameter, of the same shape.
        clip: Maximum norm of all gradients together; None for no clipping.
        fresh: If true, the copies start without optimizer state, as if no step had been taken.

    Returns:
        The values after the step, in the order of the parameters, detached.

    Raises:
        ValueError: A parameter doesn't belong to the optimizer.
    """
    home = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    copies = [torch.nn.Parameter(p.detach().clone()) for p in parameters]
    groups: list[dict[str, object]] = []
    for parameter, copy in zip(parameters, copies, strict=True):
        if id(parameter) not in home:
            raise ValueError("a parameter doesn't belong to the optimizer")
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
