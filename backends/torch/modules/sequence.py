"""Shapes and types of sequences: the axes T and N joined and split, and checks of currents and states."""

from typing import Any, cast

import torch
from jaxtyping import Bool, Int, Shaped
from torch import Tensor

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.operators import traced, transformed

MOST_ADDED = 16
"""Up to so many time steps the gradients of a repeated value are added one by one."""


def joined_steps(x: Shaped[Tensor, "T N *rest"]) -> Shaped[Tensor, " T*N *rest"]:
    """Joins [T, N, ...] to [T * N, ...], as a view if possible.

    A single step is squeezed, because flattening axes of length 1 gives strides that torch doesn't see as channels last.
    """
    return x.squeeze(0) if x.shape[0] == 1 else x.flatten(0, 1)


def parted_steps(y: Shaped[Tensor, " B *rest"], steps: int) -> Shaped[Tensor, "{steps} N *rest"]:
    """Splits [T * N, ...] to [T, N, ...], the inverse of `joined_steps`."""
    return y.unsqueeze(0) if steps == 1 else y.unflatten(0, (steps, y.shape[0] // steps))  # pyright: ignore[reportUnknownVariableType]


def repeated(x: Shaped[Tensor, " first *rest"], steps: int) -> Shaped[Tensor, "{steps} first *rest"]:
    """The same value [N, ...] at each time step, as a view."""
    plain = steps > MOST_ADDED or x.device.type != "cpu" or traced() or transformed()
    return x.unsqueeze(0).expand(steps, *x.shape) if plain else cast("Tensor", _Repeated.apply(x, steps))  # pyright: ignore[reportUnknownMemberType]


class _Repeated(torch.autograd.Function):
    """Adds the gradients of the time steps one by one: torch's sum over the first axis takes five times as long on CPUs."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        x, steps = given
        return x.unsqueeze(0).expand(steps, *x.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        (grad,) = gradients
        first, *others = grad.unbind()
        if not others:
            return first, None
        total = first.to(sum_type(first)) + others[0]  # which is rounded once, after all are added
        for each in others[1:]:
            total += each
        return total.to(grad.dtype), None


def within_lengths(lengths: Int[Tensor, " N"], steps: int) -> Bool[Tensor, "{steps} N"]:
    """Which of the first `steps` time steps are within sequences of lengths [N]: [T, N]."""
    return torch.arange(steps, device=lengths.device).unsqueeze(1) < lengths


def check_sequence(
    current: Shaped[Tensor, " *any"], state: Shaped[Tensor, " *other"] | None, membrane: torch.dtype | None = None
) -> None:
    """Checks a sequence of currents and its state.

    Args:
        current: Input currents, [T, ...].
        state: The state after the previous step, with the shape of current[0], or None.
        membrane: The expected type of the state; by default the current's.

    Raises:
        ValueError: There is no time step, the currents aren't real, or the state's shape or type is wrong.
    """
    if current.dim() == 0 or current.shape[0] == 0:
        raise ValueError(f"a sequence needs at least one time step, but the current has shape {list(current.shape)}")
    if not current.is_floating_point():
        raise ValueError(f"a neuron needs real currents, not {current.dtype}")
    if state is None:
        return
    if state.shape != current.shape[1:]:
        raise ValueError(f"the state has shape {list(state.shape)}, but one step has {list(current.shape[1:])}")
    if state.dtype != (membrane or current.dtype):
        raise ValueError(f"the state is {state.dtype}, but the current is {current.dtype}")
