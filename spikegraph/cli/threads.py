"""The number of threads of a run that begins: those for which other processes leave cores."""

import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spikegraph.base.shared_cores import Usage

LEAST_S = 0.3
"""The shortest time, in seconds, over which the use of the cores is measured."""


def free_threads(since: "Usage") -> dict[str, Any]:
    """The settings `threads` and `why_threads`, if there are fewer cores than torch has threads; empty to leave its own number.

    Args:
        since: What the cores had done when the command began.
    """
    from spikegraph.base.shared_cores import affinity, chosen, free_cores, threads_for  # noqa: PLC0415 (only for runs)

    if chosen(os.environ):
        return {}
    import torch  # noqa: PLC0415 (slow to import)

    wanted = torch.get_num_threads()
    free = free_cores(others_since(since))
    threads = threads_for(free, wanted)
    if threads == wanted:
        return {}
    why = f"because only {max(free, 0):.1f} of {len(affinity())} cores are free"
    return {"threads": threads, "why_threads": f"{why}; OMP_NUM_THREADS={wanted} uses {wanted} threads anyway"}


def others_since(since: "Usage") -> float:
    """The number of cores that other processes have used since the command began, and for some time at least."""
    from spikegraph.base.shared_cores import Usage  # noqa: PLC0415 (only for runs)

    time.sleep(max(0.0, since.at + LEAST_S - time.monotonic()))
    return Usage.now().others_since(since)
