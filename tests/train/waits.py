"""Notices where a program would wait for a GPU, on the device `meta`.

Its tensors have no values, as those of a GPU have none for the program until it waits for them.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

META = torch.device("meta")

WAITING = (
    "_local_scalar_dense",
    "nonzero",
    "equal",
    "is_nonzero",
    "masked_select",
    "unique",
    "item",
    "repeat_interleave.Tensor",
)
"""Operations whose result the program needs, or whose size depends on values."""


class WaitError(AssertionError):
    """The program would wait for the device."""


class NeverWaits(TorchDispatchMode):
    """Raises `WaitError` at an operation that reads a value of the device, or copies one to or from it.

    What torch copies out of sight, such as a list that is used as an index, is noticed as a tensor that no operation has made.
    """

    def __init__(self, *known: Any) -> None:
        super().__init__()
        self.known: dict[int, Any] = {}
        self._learn(known)

    def _learn(self, values: Any) -> None:
        for x in tree_leaves(values):
            if isinstance(x, Tensor) and x.device == META:
                self.known[x.untyped_storage()._cdata] = x.untyped_storage()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [x for x in tree_leaves((args, kwargs or {})) if isinstance(x, Tensor)]
        there = [x for x in given if x.device == META]
        if there and any(word in str(func) for word in WAITING):
            raise WaitError(f"{func} of {[tuple(x.shape) for x in there]}")
        for x in there:
            if x.untyped_storage()._cdata not in self.known:
                raise WaitError(f"{func} takes {tuple(x.shape)}, which was copied to the device")
        try:
            found = func(*args, **(kwargs or {}))
        except NotImplementedError as error:
            raise WaitError(f"{func}: {error}") from error
        made = [x for x in tree_leaves(found) if isinstance(x, Tensor)]
        elsewhere = [x for x in given + made if x.device != META and x.dim()]
        if there or any(x.device == META for x in made):
            copied = "copy" in str(func) and {x.device for x in given + made} != {META}
            if elsewhere or copied:
                raise WaitError(f"{func} is on {sorted({str(x.device) for x in given + made})}")
        self._learn(made)
        return found


@contextmanager
def never_waiting(*known: Any) -> Generator[None]:
    """Inside, waiting for `meta` is an error; `known` are the tensors that are there before."""
    lifted = torch._C._only_lift_cpu_tensors()
    torch._C._set_only_lift_cpu_tensors(True)  # makes the copy of `torch.tensor(..., device=...)` visible
    try:
        with NeverWaits(*known):
            yield
    finally:
        torch._C._set_only_lift_cpu_tensors(lifted)
