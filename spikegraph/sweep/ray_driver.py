"""The process that talks to Ray: it submits the tasks of a sweep, and writes a line when one has ended.

It is a process of its own, because Ray ends a process whose cluster is lost, without an exception. Placement, resources,
retries and lost nodes are Ray's. The request comes on standard input; its end means that nobody waits for the runs any more.
"""

import json
import os
import pickle
import threading
from dataclasses import asdict, dataclass
from signal import SIGTERM
from typing import Any, BinaryIO, TextIO

import ray
from ray.exceptions import RayError, RayTaskError, TaskCancelledError

from spikegraph.base.errors import FAILED
from spikegraph.sweep.ray_cluster import ClusterError, check_nodes, connect
from spikegraph.sweep.ray_engine import STOP, Request
from spikegraph.sweep.ray_task import RunFailedError, run_on_node
from spikegraph.sweep.task import Outcome

POLL_S = 0.5


@dataclass(frozen=True)
class Events:
    """The lines that this process writes."""

    stream: TextIO

    def write(self, event: str, **values: Any) -> None:
        """Writes a line."""
        self.stream.write(json.dumps({"event": event, **values}) + "\n")
        self.stream.flush()


def run(request: Request, events: Events, stopping: threading.Event) -> None:
    """Submits the tasks and waits for them.

    Raises:
        ClusterError: The cluster can't be used.
    """
    connect(request.address)
    events.write("connected")
    check_nodes(request.paths)
    running = submit(request)
    cancelled = False
    while running:
        ended, _ = ray.wait(list(running), timeout=POLL_S)
        for ref in ended:
            events.write("ended", name=running.pop(ref), **asdict(outcome_of(ref)))
        if stopping.is_set() and not cancelled:
            cancelled = True
            for ref in running:
                ray.cancel(ref)


def submit(request: Request) -> dict[ray.ObjectRef, str]:
    """Gives the tasks to Ray; returns the names of their points."""
    remote = ray.remote(run_on_node)
    how = {
        "num_cpus": request.cpus,
        "num_gpus": request.gpus,
        "max_retries": request.retries,
        "retry_exceptions": [RunFailedError],
    }
    names = [(task, task.point.name) for task in request.tasks]
    return {remote.options(name=name, **how).remote(task, request.environment): name for task, name in names}


def outcome_of(ref: ray.ObjectRef) -> Outcome:
    """How a task ended, after all tries."""
    try:
        return ray.get(ref)
    except TaskCancelledError:
        return Outcome(128 + SIGTERM, "stopped", 0.0, complete=False, may_be_retried=True)
    except RayTaskError as error:
        if isinstance(error.cause, RunFailedError):
            return error.cause.outcome
        return failed(f"{type(error.cause).__name__}: {error.cause}")
    except RayError as error:
        return failed(f"lost with its process or node: {first_line(error)}")


def failed(message: str) -> Outcome:
    """The outcome of a task that Ray gave up."""
    return Outcome(FAILED, " ".join(message.split()), 0.0, complete=False, may_be_retried=False)


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def follow(asked: BinaryIO, stopping: threading.Event) -> None:
    """Waits for the line that asks to stop; ends the process if nobody is there to write it."""
    if asked.readline() == STOP:
        stopping.set()
        asked.readline()
    os._exit(1)  # Ray ends the tasks of a process that is gone


def main() -> None:
    """Runs the request on standard input."""
    events = Events(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)  # what Ray prints is not an event
    asked = os.fdopen(os.dup(0), "rb")
    request: Request = pickle.load(asked)
    stopping = threading.Event()
    threading.Thread(target=follow, args=(asked, stopping), daemon=True).start()
    try:
        run(request, events, stopping)
    except ClusterError as error:
        events.write("refused", summary=error.summary, help=error.help)
    ray.shutdown()
    os._exit(0)  # the thread still waits, and Python can't end while it holds the lock of what it reads


if __name__ == "__main__":
    main()
