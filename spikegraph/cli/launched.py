"""The processes of this call: one, or those that `torchrun` has started."""

import atexit
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import NoReturn

from spikegraph.base.processes import ONE, Processes

STARTED_BY = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""The variables by which `torchrun`, and other programs, tell a process about the others."""


@contextmanager
def processes(device: str | None) -> Generator[Processes]:
    """Joins the other processes inside the block; alone, imports nothing.

    Args:
        device: The name of the device that they compute on; None for GPUs, where there are any.

    Raises:
        TrainError: Another process has ended.
        SystemExit: Another process has reported its error.
    """
    if not _several():
        yield ONE
        return
    # Before torch is imported: it would advise each process against options that are chosen with reason.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from spikegraph.backends.distributed.launched import launched  # noqa: PLC0415 (imports torch)

    with launched(device) as group:
        yield group


def end(status: int) -> NoReturn:
    """Ends this process with an exit status.

    One of several ends without tearing down the interpreter: a thread of torch's process group, which outlives the group
    once gradients were averaged, may still give back a tensor, and aborts the process if the interpreter is gone by then.
    """
    if not _several():
        sys.exit(status)
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] (there is no public one)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _several() -> bool:
    return set(STARTED_BY) <= os.environ.keys()
