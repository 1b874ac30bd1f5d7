"""Several processes as a process group of torch."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._C._distributed_c10d import Store
from torch.nn.parallel import DistributedDataParallel
from typing_extensions import override

from spikegraph.backends.distributed.norm import Role, role
from spikegraph.base.processes import Processes

T = TypeVar("T")

_FOLDER = "spikegraph/folder"
"""The key of torchrun's store that has the folder of the run."""


def _number(value: Tensor | int, device: torch.device) -> Tensor:
    """A number as a scalar on a device; one that isn't there yet is filled in, since the program would wait for a copy."""
    if isinstance(value, Tensor):
        return value.to(device, torch.float64)
    return torch.full((), value, dtype=torch.float64, device=device)


class Group(Processes):
    """The default process group. Numbers and objects travel between CPUs, tensors between their devices.

    Attributes:
        folder: The run's folder, when it is known.
    """

    folder: Path | None = None

    def __init__(self, store: Store | None) -> None:
        """Takes part in the process group that is initialised.

        Args:
            store: A store that outlives this process; None without one.
        """
        self.rank, self.count, self._store = dist.get_rank(), dist.get_world_size(), store
        if store is not None and store.check([_FOLDER]):
            self.begun = Path(store.get(_FOLDER).decode())

    @override
    def means(
        self, values: Sequence[Tensor], counts: Sequence[Tensor | int], *, present: bool
    ) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        numbers = torch.stack([_number(n, values[0].device) for n in counts]) * present
        found = torch.stack([value.detach().double() for value in values])
        sums = torch.cat((torch.where(numbers > 0, found * numbers, 0.0), numbers))
        dist.all_reduce(sums)  # pyright: ignore[reportUnknownMemberType]
        totals, of = sums.chunk(2)
        of = torch.where(of > 0, of, 1.0)
        # Times their number, since gradients are averaged over the processes.
        shares = [torch.where(s > 0, v * s.to(v.dtype), 0.0) for v, s in zip(values, numbers / of * self.count, strict=True)]
        return shares, [mean.to(v.dtype) for v, mean in zip(values, totals / of, strict=True)]

    @override
    def averaged(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        tensors = list(tensors)
        joined = torch.cat([x.detach().reshape(-1).double() for x in tensors])
        dist.all_reduce(joined)  # pyright: ignore[reportUnknownMemberType]
        parts = torch.split(joined / self.count, [x.numel() for x in tensors])
        # In the memory format of each: fused optimizers take it for that of the weights.
        return [torch.empty_like(x).copy_(part.view(x.shape)) for part, x in zip(parts, tensors, strict=True)]

    @override
    def parallel(self, module: Any, parameters: Sequence[nn.Parameter]) -> Any:
        """A `DistributedDataParallel` that sees only these parameters, in place of the others that the module has too.

        Its `find_unused_parameters` also keeps the order of its buckets, on which the rounding of sums depends: without it,
        it chooses the order anew after the first step, so a resumed run would differ.
        """
        wanted = {id(p) for p in parameters}
        others = [p for p in module.parameters() if id(p) not in wanted and p.requires_grad]
        for p in others:
            p.requires_grad_(False)
        try:
            made = DistributedDataParallel(module, find_unused_parameters=True)
        finally:
            for p in others:
                p.requires_grad_(True)
        return made

    @contextmanager
    @override
    def standing_in(self, stands_in: bool) -> Generator[None]:
        with role(Role.STAND_IN if stands_in else Role.SAMPLES):
            yield

    @contextmanager
    @override
    def alone(self) -> Generator[None]:
        with role(Role.ALONE):
            yield

    @override
    def same_buffers(self, module: nn.Module) -> None:
        kinds: dict[tuple[torch.dtype, torch.device], list[Tensor]] = {}
        for buffer in module.buffers():
            kinds.setdefault((buffer.dtype, buffer.device), []).append(buffer)
        for buffers in kinds.values():
            joined = torch.cat([buffer.reshape(-1) for buffer in buffers])
            dist.broadcast(joined, 0)
            if not self.main:
                for buffer, part in zip(buffers, torch.split(joined, [x.numel() for x in buffers]), strict=True):
                    buffer.copy_(part.view(buffer.shape))

    @override
    def largest(self, number: int) -> int:
        found = torch.tensor(int(number))
        dist.all_reduce(found, dist.ReduceOp.MAX)  # pyright: ignore[reportUnknownMemberType]
        return int(found)

    @override
    def gathered(self, value: T) -> list[T]:
        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, value)  # pyright: ignore[reportUnknownMemberType]
        return found

    @override
    def broadcast(self, value: T) -> T:
        values: list[Any] = [value]
        dist.broadcast_object_list(values, 0, device=torch.device("cpu"))
        return values[0]

    @override
    def wait(self) -> None:
        self.largest(0)

    @override
    def remember(self, folder: Path, *, begun: bool) -> None:
        self.folder = folder
        if begun and self.main and self._store is not None:
            self._store.set(_FOLDER, str(folder))
