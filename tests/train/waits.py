"""Notices where a program would wait for a GPU, on the device `meta`, or on `cuda` with fake tensors.

These have no values, as those of a GPU have none for the program until it waits for them.
"""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.gradient_norms import gradient_norms, watched_weights
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step

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

UNKNOWN = (NotImplementedError, DataDependentOutputException, DynamicOutputShapeException)
"""What torch raises on `meta`, and with fake tensors, where it needs values."""

READS: tuple[Callable[[Tensor], object], ...] = (
    lambda x: x.sum().item(),
    lambda x: bool(x.sum() > 0),
    lambda x: float(x[0, 0]),
    lambda x: x.cpu(),
    lambda x: x.to("cpu", non_blocking=True),
    lambda x: x[x > 0],
    lambda x: x.nonzero(),
    lambda x: torch.equal(x, x),
    lambda x: x[[0, 1]],
    lambda x: x[torch.tensor([0, 1])],
    lambda x: torch.tensor([1.0], device=x.device) + x,
    lambda x: torch.zeros(3).to(x.device) + x,
    lambda x: torch.zeros(3, 3).copy_(x),
    lambda x: x.masked_select(x > 0),
    lambda x: x[0].repeat_interleave(x[0].long()),
)
"""What waits for the device of a tensor [3, 3]."""

CUDA_READS: tuple[Callable[[Tensor], object], ...] = (*READS, lambda x: x[0].__setitem__(0, 1.0))
"""And what waits on `cuda` alone, where torch copies a number from the processor."""


class WaitError(AssertionError):
    """The program would wait for the device."""


class NeverWaits(TorchDispatchMode):
    """Raises `WaitError` at an operation that reads a value of the device, or copies one to or from it.

    What torch copies out of sight, such as a list that is used as an index, is noticed as a tensor that no operation has made.

    Attributes:
        calls: How often each operation was called.
    """

    def __init__(self, device: torch.device, *known: Any) -> None:
        super().__init__()
        self.device, self.calls = device, Counter[str]()
        self.known: dict[int, Any] = {}
        self._learn(known)

    def _learn(self, values: Any) -> None:
        for x in tree_leaves(values):
            if isinstance(x, Tensor) and x.device == self.device:
                self.known[x.untyped_storage()._cdata] = x.untyped_storage()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls[str(func)] += 1
        given = [x for x in tree_leaves((args, kwargs or {})) if isinstance(x, Tensor)]
        there = [x for x in given if x.device == self.device]
        if there and any(word in str(func) for word in WAITING):
            raise WaitError(f"{func} of {[tuple(x.shape) for x in there]}")
        for x in there:
            if x.untyped_storage()._cdata not in self.known:
                raise WaitError(f"{func} takes {tuple(x.shape)}, which was copied to the device")
        try:
            found = func(*args, **(kwargs or {}))
        except UNKNOWN as error:
            raise WaitError(f"{func}: {error}") from error
        made = [x for x in tree_leaves(found) if isinstance(x, Tensor)]
        elsewhere = [x for x in given + made if x.device != self.device and x.dim()]
        if there or any(x.device == self.device for x in made):
            copied = "copy" in str(func) and {x.device for x in given + made} != {self.device}
            if elsewhere or copied:
                raise WaitError(f"{func} is on {sorted({str(x.device) for x in given + made})}")
        self._learn(made)
        return found


@contextmanager
def never_waiting(*known: Any, device: torch.device = META) -> Generator[NeverWaits]:
    """Inside, waiting for the device is an error; `known` are the tensors that are there before."""
    lifted = torch._C._only_lift_cpu_tensors()
    torch._C._set_only_lift_cpu_tensors(True)  # makes the copy of `torch.tensor(..., device=...)` visible
    try:
        with NeverWaits(device, *known) as mode:
            yield mode
    finally:
        torch._C._set_only_lift_cpu_tensors(lifted)


def stepper(model: Model, run: Any) -> Callable[[Sequence[Batch]], Meter]:
    """A step on the weights, and on the architecture if there is one, with all that training does after each step.

    The losses wait in what it returns, always the same.
    """
    losses, meter, watched = Losses(model.graph, run.loss), Meter(20), watched_weights(model)
    optimizers = [optimizer_for(run.weights, model.weights())]
    if model.architecture:
        optimizers.append(optimizer_for(run.architecture, model.architecture.values()))

    def take(batches: Sequence[Batch]) -> Meter:
        for optimizer in optimizers:
            meter.add(step(model, losses, optimizer, batches, run.clip) | gradient_norms(watched), 1)
        return meter

    return take


def take_steps(model: Model, run: Any, batches: Sequence[Batch], device: torch.device) -> Counter[str]:
    """Two steps on the weights, and on the architecture if there is one.

    Returns:
        The operations, with how often they were called.

    Raises:
        WaitError: A step would wait for the device.
    """
    take = stepper(model, run)
    with never_waiting(model.state_dict(), [batch.tensors for batch in batches], device=device) as mode:
        for _ in range(2):
            take(batches)
    return mode.calls
