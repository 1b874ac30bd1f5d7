"""Joins the processes that `torchrun` has started, and ends them together."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

import torch
import torch.distributed as dist
from torch._C._distributed_c10d import PrefixStore, Store, TCPStore

from spikegraph.backends.distributed.group import Group
from spikegraph.base.errors import FAILED, TrainError
from spikegraph.runs.resumable import resume_command_of

LONGEST_WAIT = timedelta(hours=2)
"""How long a process waits for one that is alive: the first may have to read all data, for their hash."""

_LOST = re.compile(r"gloo|NCCL|Connection (closed|reset)|Broken pipe|recvValue|Timed out waiting", re.IGNORECASE)
"""What torch's errors say when a process can't be reached any more."""

_ENDED = "spikegraph/ended"


@contextmanager
def launched(device: str | None = None) -> Generator[Group]:
    """Joins the other processes inside the block. Of the errors that end them, the first is raised in its process only.

    Args:
        device: The device that they compute on; on a CPU no process takes a GPU. By default GPUs, where there are any.

    Raises:
        TrainError: There is no GPU for this process, or another process has ended.
        SystemExit: Another process has reported its error.
    """
    on_cpu = (device or "").partition(":")[0] == "cpu"
    gpus = torch.cuda.device_count() if torch.cuda.is_available() and not on_cpu else 0
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if gpus:
        if local >= gpus:
            raise TrainError(f"process {local} of this machine has no GPU: there are {gpus}", f"--nproc-per-node {gpus}")
        torch.cuda.set_device(local)
    backend, outlives = "cpu:gloo,cuda:nccl" if gpus else "gloo", os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    if outlives:
        # torchrun's store keeps the addresses of processes that have ended, so each attempt needs names of its own.
        own = PrefixStore(f"spikegraph/attempt-{_attempt()}", _store())
        rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        dist.init_process_group(backend, store=own, rank=rank, world_size=count, timeout=LONGEST_WAIT)
    else:
        dist.init_process_group(backend, timeout=LONGEST_WAIT)
    store, before = _store(), signal.signal(signal.SIGTERM, _terminated)
    try:
        group = Group(store if outlives else None)
        try:
            yield group
        except RuntimeError as error:
            if not is_lost(error):
                raise
            raise TrainError(
                f"another process of this run has ended, so process {group.rank + 1} of {group.count} ends too",
                None if group.folder is None else f"continue with `{resume_command_of(group.folder, group.count)}`",
            ) from error
    except Exception as error:
        if not _is_first(store):
            raise SystemExit(getattr(error, "status", getattr(error, "exit_code", FAILED))) from error
        raise
    else:
        signal.signal(signal.SIGTERM, before)
    finally:
        dist.destroy_process_group()


def _terminated(number: int, frame: FrameType | None) -> None:
    """Ends this process on SIGTERM, unless it is ending with an error: torchrun ends all others as soon as one has ended."""
    if sys.exc_info()[0] is None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def is_lost(error: RuntimeError) -> bool:
    """Whether an error means that another process can't be reached any more."""
    return isinstance(error, dist.DistError) or _LOST.search(str(error)) is not None


def _attempt() -> str:
    """How often torchrun has started the processes again."""
    return os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")


def _store() -> Store:
    """A connection to the store through which the processes have found each other."""
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    return TCPStore(address, port, is_master=False, timeout=timedelta(seconds=10))


def _is_first(store: Store) -> bool:
    """Whether no process of this attempt has reported an error before; true too if the store has ended."""
    try:
        return store.add(f"{_ENDED}/{_attempt()}", 1) == 1
    except dist.DistError:
        return True
