"""What a node of a Ray cluster does for a sweep: it looks at the storage, and makes one run."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import spikegraph
from spikegraph.sweep.task import Outcome, Task, run_task


class RunFailedError(Exception):
    """A run failed, and another try may help; Ray repeats the task that raises this.

    Attributes:
        outcome: How it ended.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True)
class Node:
    """What a node sees.

    Attributes:
        host: Its name.
        version: Its version of spikegraph.
        missing: The first of the paths that isn't there; None if all are.
    """

    host: str
    version: str
    missing: str | None


@dataclass(frozen=True)
class NodeTry:
    """A try on a node.

    Attributes:
        host: The node's name.
        outcome: How it ended; None if it hasn't, or was lost with its node or process.
    """

    host: str
    outcome: Outcome | None = None

    @property
    def ended(self) -> Outcome:
        """How it ended, when there is another try or none any more."""
        lost = Outcome(-SIGKILL, f"lost with its process or node ({self.host})", 0.0, complete=False, may_be_retried=True)
        return self.outcome or lost


def look(paths: tuple[str, ...]) -> Node:
    """Looks at paths on this node."""
    missing = next((path for path in paths if not Path(path).exists()), None)
    return Node(socket.gethostname(), spikegraph.__version__, missing)


def run_on_node(task: Task, environment: Mapping[str, str]) -> Outcome:
    """Starts the run of a task on this node, or continues it, and waits until it ends.

    Args:
        task: The task.
        environment: Variables in place of the node's.

    Raises:
        RunFailedError: It failed, and another try may help.
    """
    number = secrets.token_hex(8)
    record(task, number, {"host": socket.gethostname()})
    try:
        outcome = run_task(task, {**os.environ, **environment})
    except KeyboardInterrupt:  # Ray cancels a task in this way; the run is saved by now
        stopped = Outcome(128 + SIGTERM, "stopped", 0.0, complete=False, may_be_retried=True)
        record(task, number, asdict(stopped))
        raise
    record(task, number, asdict(outcome))
    if outcome.may_be_retried:
        raise RunFailedError(outcome)
    return outcome


def tries_file(task: Task) -> Path:
    """`logs/NAME.nodes`: the tries of a task, as the nodes write them and as the sweep reads them while it waits for Ray."""
    return task.directory / task.log.with_suffix(".nodes")


def record(task: Task, number: str, values: Mapping[str, Any]) -> None:
    """Adds the start or the end of the try with this number. A file that can't be written never stops a run."""
    path = tries_file(task)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"try": number, **values}) + "\n")


def read_tries(task: Task) -> list[NodeTry]:
    """The tries so far, in the order in which they began; lines that a node couldn't write, or not whole, are missing."""
    path, found = tries_file(task), dict[str, NodeTry]()
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():  # the last line may not be whole yet
        try:
            values = json.loads(line)
        except ValueError:
            continue
        number = values.pop("try")
        if "host" in values:
            found[number] = NodeTry(values["host"])
        else:
            found[number] = replace(found.get(number, NodeTry("unknown")), outcome=Outcome(**values))
    return list(found.values())
