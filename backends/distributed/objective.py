"""The loss of a batch as a module, whose gradients `DistributedDataParallel` can average."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from torch import Tensor, nn
from typing_extensions import override

from spikegraph.base.processes import ONE, Processes


class _Losses(Protocol):
    """What computes the losses of a model."""

    def of(
        self, model: Any, batch: Any, processes: Processes, watch: Any = None
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]: ...


def objective_for(model: nn.Module, losses: _Losses, parameters: Sequence[nn.Parameter], processes: Processes) -> Any:
    """The objective of parameters, for all steps of a phase: an `Objective`, or the `DistributedDataParallel` of one."""
    return processes.parallel(Objective(model, losses, processes), parameters)


class Objective(nn.Module):
    """The losses of a model over the batch of all processes."""

    def __init__(self, model: nn.Module, losses: _Losses, processes: Processes) -> None:
        super().__init__()
        self.model, self.losses, self.processes = model, losses, processes

    @override
    def forward(self, batch: Any) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """What to differentiate, the loss, and its terms."""
        with self.processes.standing_in(not batch.present):
            return self.losses.of(self.model, batch, self.processes)

    def alone(self, batch: Any, watch: Any) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """The same over this process's part of the batch; other processes needn't call it."""
        with self.processes.alone():
            return self.losses.of(self.model, batch, ONE, watch)

    def no_sync(self) -> AbstractContextManager[None]:
        """As in `DistributedDataParallel`, inside which gradients aren't averaged yet; here they never are."""
        return nullcontext()
