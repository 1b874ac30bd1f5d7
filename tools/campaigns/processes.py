"""Random networks, one step of training in two processes: the losses, gradients, weights and statistics of one process.

The batch has one to four samples, so the parts of the processes are equal, or not, or the second process stands in. Networks
are in the form that trains, in their search or retraining, in float64; norms have the statistics of both processes.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from select import select
from typing import Any

from cases import Outcome
from pair import NOTICED

LONGEST = 120
"""Seconds after which two processes that don't answer wait for each other."""

HERE = Path(__file__).parent


def case(seed: int) -> Outcome:
    """Trains one network for a step; the phase and the number of samples are the kind."""
    found = pair().answer(seed)
    if "error" in found:
        return Outcome("failed", False, f"{found['error']}\n{found.get('text', '')}")
    if "refused" in found:
        return Outcome("refused by a documented error", True)
    (name, apart), wrong = found["apart"], ""
    if found["missing"]:
        wrong = f"only one of both has {', '.join(found['missing'])}"
    elif not apart <= NOTICED:
        wrong = f"`{name}` differs by {apart:.3g}"
    elif not found["same bits"]:
        wrong = "the processes have different bits"
    kind = found["kind"] if found["gradients"] else f"{found['kind']}, without gradients"
    return Outcome(kind, not wrong, wrong and f"{wrong}\n{found['text']}")


class Pair:
    """Two processes that train each network together."""

    def __init__(self) -> None:
        """Starts them."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._processes = [self._started(rank, port) for rank in range(2)]
        atexit.register(self.end)

    def _started(self, rank: int, port: int) -> subprocess.Popen[str]:
        numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "MASTER_PORT": port, "OMP_NUM_THREADS": 1}
        words = {"MASTER_ADDR": "127.0.0.1", "PYTHONPATH": os.pathsep.join(map(str, sys.path)), "CUDA_VISIBLE_DEVICES": ""}
        environment = {**os.environ, **{name: str(n) for name, n in numbers.items()}, **words}
        return subprocess.Popen(
            [sys.executable, str(HERE / "pair.py")], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def answer(self, seed: int) -> dict[str, Any]:
        """What the first process says of a network, once both have answered; new ones are started if they don't."""
        answers = list[dict[str, Any]]()
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{seed}\n")
            process.stdin.flush()
        for process in self._processes:
            assert process.stdout is not None
            ready, _, _ = select([process.stdout], [], [], LONGEST)
            line = process.stdout.readline() if ready else ""
            why = "a process ended" if ready else "the processes wait for each other"
            answers.append(json.loads(line) if line else {"error": why})
        if any("error" in answer for answer in answers):
            self.end()
            pair.cache_clear()
        return next((answer for answer in answers if "error" in answer), answers[0])

    def end(self) -> None:
        """Ends both."""
        for process in self._processes:
            with process:  # which closes its pipes
                process.kill()


@cache
def pair() -> Pair:
    """The two processes of this campaign."""
    return Pair()
