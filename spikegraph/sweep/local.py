"""Runs the tasks of a sweep on this machine: as many at once as there are slots."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from spikegraph.sweep.engine import OnChange, State
from spikegraph.sweep.resources import Slot
from spikegraph.sweep.task import Outcome, Stop, Task, run_task

_PAUSE_S = 0.1


@dataclass(frozen=True)
class LocalEngine:
    """An engine whose tasks run on this machine.

    Attributes:
        slots: What each of the tasks that run at once may use.
    """

    slots: tuple[Slot, ...]

    def run(
        self, tasks: Sequence[Task], on_change: OnChange, retries: int, stopping: Callable[[], bool]
    ) -> Mapping[str, State]:
        """Runs all tasks; see `Engine.run`. A task that is tried again goes to the end of the queue."""
        return _Local(self.slots, tasks, on_change, retries, stopping).run()


@dataclass
class _Local:
    slots: tuple[Slot, ...]
    tasks: Sequence[Task]
    on_change: OnChange
    retries: int
    stopping: Callable[[], bool]

    def run(self) -> Mapping[str, State]:
        self.states = {task.point.name: State("waiting") for task in self.tasks}
        self.waiting, self.free = deque(self.tasks), deque(self.slots)
        self.running: dict[Future[Outcome], tuple[Task, Slot]] = {}
        self.stop = Stop()
        with ThreadPoolExecutor(len(self.slots)) as pool:
            try:
                while self.running or (self.waiting and not self.stop.asked):
                    self._step(pool)
            except BaseException as error:
                self.stop.asked, self.stop.at_once = True, isinstance(error, KeyboardInterrupt)
                raise
        return self.states

    def _step(self, pool: ThreadPoolExecutor) -> None:
        self.stop.asked |= self.stopping()
        while self.waiting and self.free and not self.stop.asked:
            task, slot = self.waiting.popleft(), self.free.popleft()
            self._change(task, State("running", self.states[task.point.name].outcomes))
            future = pool.submit(run_task, task, {**os.environ, **slot.environment}, self.stop)
            self.running[future] = task, slot
        done, _ = wait(self.running, _PAUSE_S, FIRST_COMPLETED)
        for future in done:
            task, slot = self.running.pop(future)
            self.free.append(slot)
            self._ended(task, future.result())

    def _ended(self, task: Task, outcome: Outcome) -> None:
        outcomes = (*self.states[task.point.name].outcomes, outcome)
        if outcome.complete:
            self._change(task, State("finished", outcomes))
        elif self.stop.asked and outcome.may_be_retried:
            self._change(task, State("stopped", outcomes))
        elif outcome.may_be_retried and len(outcomes) <= self.retries:
            self.waiting.append(task)
            self._change(task, State("waiting", outcomes))
        else:
            self._change(task, State("failed", outcomes))

    def _change(self, task: Task, state: State) -> None:
        self.states[task.point.name] = state
        self.on_change(task, state)
