"""`spikegraph` in a process that gets a signal: `python disturbed_program.py RANKS STEP SIGNAL ARGUMENTS...`.

The processes of the ranks, such as `01`, send themselves the signal after a step of the first attempt, counted over the run.
"""

import os
import signal
import sys
from typing import Any

from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.cli.entry import run
from spikegraph.cli.launched import end


def main(ranks: str, step: str, name: str, *arguments: str) -> int:
    record, left = PhaseLog.record, [int(step)]

    def disturbed(self: PhaseLog, *given: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.Signals[name])
        record(self, *given)

    if os.environ["RANK"] in ranks and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        PhaseLog.record = disturbed
    return run(arguments)


if __name__ == "__main__":
    end(main(*sys.argv[1:]))
