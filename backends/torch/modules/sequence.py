"""What the neurons over a sequence agree on: the shapes and types of currents and states."""

import torch
from torch import Tensor


def joined_steps(x: Tensor) -> Tensor:
    """[T, N, ...] as [T * N, ...], a view wherever one can be had.

    One step is taken by itself: joining axes of length 1 gives them strides by which torch no longer sees channels last.
    """
    return x.squeeze(0) if x.shape[0] == 1 else x.flatten(0, 1)


def parted_steps(y: Tensor, steps: int) -> Tensor:
    """[T * N, ...] as [T, N, ...], the reverse of `joined_steps`."""
    return y.unsqueeze(0) if steps == 1 else y.unflatten(0, (steps, len(y) // steps))


def check_sequence(current: Tensor, state: Tensor | None, membrane: torch.dtype | None = None) -> None:
    """Refuse a sequence without steps, or a state that belongs to another sequence.

    Args:
        current: input currents [T, ...].
        state: None, or what the step before handed over, of the shape of current[0].
        membrane: the state's type; by default the current's.

    Raises:
        ValueError: no time step, or shapes or types disagree.
    """
    if current.dim() == 0 or current.shape[0] == 0:
        raise ValueError(f"a sequence needs at least one time step, the current has shape {list(current.shape)}")
    if not current.is_floating_point():
        raise ValueError(f"a neuron integrates real currents, these are {current.dtype}")
    if state is None:
        return
    if state.shape != current.shape[1:]:
        raise ValueError(f"the state has shape {list(state.shape)}, one step has {list(current.shape[1:])}")
    if state.dtype != (membrane or current.dtype):
        raise ValueError(f"the state is {state.dtype}, the current is {current.dtype}")
