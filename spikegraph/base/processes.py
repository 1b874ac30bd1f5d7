"""The processes that train one run together: what a training asks of them. One process alone has nothing to do.

`backends/distributed` has the form for several. Needs no torch.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor, nn

T = TypeVar("T")


class Processes:
    """One process. In several, every method must be called by all of them, in the same order.

    Attributes:
        rank: The number of this process, from 0.
        count: Number of processes.
        begun: The folder of the run that an earlier attempt of the same call has begun; None without one.
    """

    rank: int = 0
    count: int = 1
    begun: Path | None = None

    @property
    def main(self) -> bool:
        """True in the one process that writes, reports and decides."""
        return self.rank == 0

    def part(self, batch: Sequence[T]) -> Sequence[T]:
        """This process's part of a batch; its first sample, as a stand-in, if there are fewer samples than processes."""
        size, more = divmod(len(batch), self.count)
        first = self.rank * size + min(self.rank, more)
        return batch[first : first + size + (self.rank < more)] or batch[:1]

    def has_part(self, samples: int) -> bool:
        """False if this process only stands in for a batch of so few samples."""
        return self.rank < samples

    def means(
        self, values: Sequence[Tensor], counts: Sequence[Tensor | int], *, present: bool
    ) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        """Means over all processes.

        Args:
            values: Scalars, each the mean over some items of this process.
            counts: The number of these items.
            present: False if this process only stands in.

        Returns:
            Scalars whose gradients, averaged over the processes, are those of the means; and the means, detached.
        """
        return values, [value.detach() for value in values]

    def averaged(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """The means of tensors over all processes."""
        return list(tensors)

    def parallel(self, module: Any, parameters: Sequence[nn.Parameter]) -> Any:
        """A module whose `backward` averages the gradients of parameters over the processes."""
        return module

    @contextmanager
    def standing_in(self, stands_in: bool) -> Generator[None]:
        """Inside, if true, synchronised norms don't count the samples of this process."""
        yield

    @contextmanager
    def alone(self) -> Generator[None]:
        """Inside, synchronised norms don't wait for other processes."""
        yield

    def same_buffers(self, module: nn.Module) -> None:
        """Gives a module the buffers of the main process."""

    def largest(self, number: int) -> int:
        """The largest of the processes' numbers."""
        return number

    def gathered(self, value: T) -> list[T]:
        """The values of all processes, by rank."""
        return [value]

    def in_order(self, found: Sequence[T]) -> list[T]:
        """The results of all batches, of which each process has had every `count`th."""
        return [each for turn in _turns(self.gathered(list(found))) for each in turn]

    def broadcast(self, value: T) -> T:
        """The main process's value."""
        return value

    def wait(self) -> None:
        """Waits until all processes are here."""

    @contextmanager
    def main_first(self) -> Generator[None]:
        """Lets the main process through the block before the others."""
        if not self.main:
            self.wait()
        yield
        if self.main:
            self.wait()

    def remember(self, folder: Path, *, begun: bool) -> None:
        """Notes the folder of the run for messages, and if this call begins or resumes the run, for its next attempt."""


ONE = Processes()
"""A process that trains alone."""


def _turns(lists: list[list[T]]) -> Generator[list[T]]:
    """The first elements of all lists, the second ones, and so on."""
    for number in range(max(map(len, lists))):
        yield [of[number] for of in lists if number < len(of)]
