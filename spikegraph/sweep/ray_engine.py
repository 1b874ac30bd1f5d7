"""Runs the tasks of a sweep in a Ray cluster.

Ray places them, gives them their resources, and repeats those whose process or node is lost. On whichever node that is, a run
continues from its last checkpoint, because its folder is on storage that all nodes see.
"""

from __future__ import annotations

import json
import pickle
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Thread
from typing import IO, Any

from spikegraph.base.errors import NotFoundError, TrainError
from spikegraph.sweep.engine import OnChange, State
from spikegraph.sweep.ray_task import read_tries, tries_file
from spikegraph.sweep.task import Outcome, Task

DRIVER = "spikegraph.sweep.ray_driver"
"""The module of the process that talks to Ray."""

STOP = b"stop\n"
"""The line that asks it to stop the runs."""

_PAUSE_S = 0.5
_TO_CONNECT_S = 120.0
_TO_END_S = 10.0


@dataclass(frozen=True)
class Request:
    """What the process that talks to Ray is asked for.

    Attributes:
        address: Of the cluster.
        tasks: The tasks.
        environment: Variables of the runs, in place of the nodes'.
        cpus: Processors of each task.
        gpus: GPUs of each task.
        retries: How often Ray repeats a task.
        paths: What every node must see.
    """

    address: str
    tasks: tuple[Task, ...]
    environment: Mapping[str, str]
    cpus: int
    gpus: int
    retries: int
    paths: tuple[str, ...]


def require_ray() -> None:
    """Checks that the package ray is installed.

    Raises:
        NotFoundError: It isn't.
    """
    if find_spec("ray") is None:
        raise NotFoundError("--ray needs the package ray, which isn't installed", "pip install 'spikegraph[ray]'")


@dataclass(frozen=True)
class RayEngine:
    """An engine whose tasks run in a Ray cluster.

    Attributes:
        address: Of the cluster: `auto`, `local`, `HOST:PORT` or `ray://HOST:PORT`.
        environment: Variables of the runs, in place of the nodes'.
        cpus: Processors of each task.
        gpus: GPUs of each task.
        logs: A folder for what Ray prints, on the storage that all nodes must see.
        resume: The command that continues the sweep, for messages.
    """

    address: str
    environment: Mapping[str, str]
    cpus: int
    gpus: int
    logs: Path
    resume: str

    def run(
        self, tasks: Sequence[Task], on_change: OnChange, retries: int, stopping: Callable[[], bool]
    ) -> Mapping[str, State]:
        """Runs all tasks; see `Engine.run`.

        Raises:
            TrainError: There is no such cluster, a node doesn't see the storage, or the cluster was lost.
        """
        if not tasks:
            return {}
        for task in tasks:
            tries_file(task).unlink(missing_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.logs, prefix=".ray-") as marker:
            paths = (marker.name, *sorted({str(task.directory) for task in tasks}))
            request = Request(self.address, tuple(tasks), self.environment, self.cpus, self.gpus, retries, paths)
            with _driver(request, self.logs / "ray.log") as driver:
                return _Sweep(self, driver, {task.point.name: task for task in tasks}, on_change, stopping).run()


@dataclass
class _Driver:
    """The process that talks to Ray.

    Attributes:
        input: Its standard input.
        events: Its lines; None when there are no more.
    """

    input: IO[bytes]
    events: queue.Queue[dict[str, Any] | None]

    def event(self) -> dict[str, Any] | None:
        """The next line; an empty one if there is none for a while, None at the end."""
        try:
            return self.events.get(timeout=_PAUSE_S)
        except queue.Empty:
            return {}

    def stop(self) -> None:
        """Asks it to stop the runs."""
        with suppress(BrokenPipeError):
            self.input.write(STOP)
            self.input.flush()


@contextmanager
def _driver(request: Request, log: Path) -> Generator[_Driver]:
    """Starts the process; ends it after the block, whereupon Ray ends what still runs."""
    with log.open("ab") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            start_new_session=True,  # Ctrl-C reaches this process alone
        )
    assert process.stdin is not None and process.stdout is not None
    events: queue.Queue[dict[str, Any] | None] = queue.Queue()
    reading = Thread(target=_read, args=(process.stdout, events), daemon=True)
    reading.start()
    try:
        with suppress(BrokenPipeError):
            pickle.dump(request, process.stdin)
            process.stdin.flush()
        yield _Driver(process.stdin, events)
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(_TO_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reading.join()
        process.stdout.close()


def _read(lines: IO[bytes], events: queue.Queue[dict[str, Any] | None]) -> None:
    for line in lines:
        events.put(json.loads(line))
    events.put(None)


@dataclass
class _Sweep:
    """The state of all tasks while the cluster works on them."""

    engine: RayEngine
    driver: _Driver
    tasks: Mapping[str, Task]
    on_change: OnChange
    stopping: Callable[[], bool]
    begun: dict[str, int] = field(default_factory=dict[str, int])
    asked: bool = False

    def run(self) -> Mapping[str, State]:
        self.states = {name: State("waiting") for name in self.tasks}
        left = set(self.tasks)
        connected, limit = False, time.monotonic() + _TO_CONNECT_S
        while left:
            event = self.driver.event()
            if not connected and time.monotonic() > limit:
                raise TrainError(f"no Ray cluster answers at {self.engine.address}", "look at it with `ray status` there")
            for name in sorted(left):
                self._follow(name)
            if event is None:
                raise self._lost()
            match event.pop("event", None):
                case "ended":
                    name = event.pop("name")
                    left.discard(name)
                    self._ended(name, Outcome(**event))
                case "connected":
                    connected = True
                case "refused":
                    raise TrainError(event["summary"], event["help"])
                case _:
                    pass
            if not self.asked and self.stopping():
                self.asked = True
                self.driver.stop()
        return self.states

    def _follow(self, name: str) -> None:
        """Tells of the tries that have begun since the last time."""
        tries = read_tries(self.tasks[name])
        for number in range(self.begun.get(name, 0), len(tries)):
            if number > 0:
                self._change(name, State("waiting", (*self.states[name].outcomes, tries[number - 1].ended)))
            self._change(name, State("running", self.states[name].outcomes))
        self.begun[name] = len(tries)

    def _ended(self, name: str, outcome: Outcome) -> None:
        tries = read_tries(self.tasks[name])
        if not tries and self.asked and outcome.may_be_retried:
            return  # it never began, so it waits
        last = [t.outcome for t in tries][-1:]
        outcome = last[0] if last and last[0] is not None else outcome
        outcomes = (*self.states[name].outcomes, outcome)
        if outcome.complete:
            self._change(name, State("finished", outcomes))
        else:
            self._change(name, State("stopped" if self.asked and outcome.may_be_retried else "failed", outcomes))

    def _change(self, name: str, state: State) -> None:
        self.states[name] = state
        self.on_change(self.tasks[name], state)

    def _lost(self) -> TrainError:
        log = self.engine.logs / "ray.log"
        return TrainError(
            f"the Ray cluster at {self.engine.address} was lost; {log} may say why", f"continue with `{self.engine.resume}`"
        )
