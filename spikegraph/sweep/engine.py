"""What runs the tasks of a sweep: this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from spikegraph.sweep.task import Outcome, Task

StateName = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True)
class State:
    """What a task is doing.

    Attributes:
        name: `waiting` (for its first try or for another one), `running`, or how it has ended: `finished`, `failed`, or
            `stopped` with the sweep.
        outcomes: Its tries that have ended, since the engine started.
    """

    name: StateName
    outcomes: tuple[Outcome, ...] = ()


OnChange = Callable[[Task, State], None]


class Engine(Protocol):
    """Runs tasks, as many at once as its resources allow."""

    def run(
        self, tasks: Sequence[Task], on_change: OnChange, retries: int, stopping: Callable[[], bool]
    ) -> Mapping[str, State]:
        """Runs all tasks; one that fails doesn't stop the others.

        Args:
            tasks: The tasks, in the order in which they start.
            on_change: Is told each change of a task's state, from the caller's thread.
            retries: How many more times a task may be tried whose outcome `may_be_retried`.
            stopping: Whether the sweep is to stop: nothing new starts, and what runs is asked to save and end.

        Returns:
            The last state of each task, by the name of its point.
        """
        ...
