"""The state of a run: what it is doing, or how it ended."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.runs.folder import RunFolder
from spikegraph.runs.lock_file import Lock, Owner, lock_of
from spikegraph.runs.record import RunRecord

StateName = Literal["running", "finished", "failed", "stopped", "lost"]

STATES: tuple[StateName, ...] = ("running", "finished", "failed", "stopped", "lost")


@dataclass(frozen=True)
class State:
    """The state of a run.

    Attributes:
        name: `running`: a process has it; `finished`: it is complete; `failed`: it ended with an error; `stopped`: a signal
            ended it; `lost`: no process has it, and it recorded no end.
        reason: Why it failed, stopped or is lost, on one line; empty for others.
        owner: The process that has it, or had it until it was killed.
    """

    name: StateName
    reason: str = ""
    owner: Owner | None = None


def read_state(path: Path) -> tuple[RunRecord, State]:
    """A run and its state.

    Raises:
        RunFolderError: It isn't a run folder, or one of its records is damaged.
    """
    folder = RunFolder(path)
    manifest = folder.read_manifest()
    # The lock comes first: what its last owner wrote before it let go is read afterwards.
    lock = lock_of(path)
    run = RunRecord(folder, manifest, folder.read_summary())
    if run.complete:
        return run, State("finished")
    if lock.held:
        return run, State("running", owner=lock.owner)
    ended = folder.read_ended()
    if ended is not None:
        return run, State(ended.how, ended.reason)
    again = lock_of(path)  # it may have been resumed in between
    if again.held:
        return run, State("running", owner=again.owner)
    return run, State("lost", _lost(lock), lock.owner)


def _lost(lock: Lock) -> str:
    owner = lock.owner
    if lock.held is None:
        return "there are no file locks here, so it isn't known whether a process has it"
    if owner is None:
        return "no process has it, and its end is not recorded"
    if owner.host == socket.gethostname():
        return f"killed: process {owner.pid} is gone and recorded no end"
    return f"process {owner.pid} on host {owner.host} was killed, or runs there and this file system doesn't share locks"
