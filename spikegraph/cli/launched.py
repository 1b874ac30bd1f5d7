"""The processes of this call: one, or those that `torchrun` has started."""

import os
from collections.abc import Generator
from contextlib import contextmanager

from spikegraph.processes import ONE, Processes

STARTED_BY = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""The variables by which `torchrun`, and other programs, tell a process about the others."""


@contextmanager
def processes() -> Generator[Processes]:
    """Joins the other processes inside the block; alone, imports nothing.

    Raises:
        TrainError: Another process has ended.
        SystemExit: Another process has reported its error.
    """
    if not set(STARTED_BY) <= os.environ.keys():
        yield ONE
        return
    # Before torch is imported: it would advise each process against options that are chosen with reason.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from spikegraph.backends.distributed.launched import launched  # noqa: PLC0415 (imports torch)

    with launched() as group:
        yield group
