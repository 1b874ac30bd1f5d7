"""A process of a sweep whose run does what the file ACTS says, one act for each try."""

import errno
import json
import os
import signal
import time
from pathlib import Path

from spikegraph.base.errors import DataError, DivergedError, OutOfMemoryError, RunFolderError
from spikegraph.base.interrupt import Interrupt
from spikegraph.cli import child
from spikegraph.runs import lock

COMPLETE = {"format_version": 1, "complete": True, "evaluation": {"samples": 1, "seconds": 1.0}}


def full():
    error = RunFolderError("No space left on device", path=Path("metrics.jsonl"))
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


FAILURES = {
    "diverge": lambda: DivergedError("retrain, epoch 1, step 2: the loss is 1e+15"),
    "wrong": lambda: DataError("it is cut off", Path("data.hdf5")),
    "full": full,
    "memory": lambda: OutOfMemoryError("out of memory at `stem`"),
    "other": lambda: RunFolderError("run can't be resumed: 1 difference"),
}


def run(arguments, failed):
    """Acts as `spikegraph compile --train --out RUN --resume`."""
    folder = Path(arguments[arguments.index("--out") + 1])
    told = Path(os.environ["ACTS"])
    acts = json.loads(told.read_text())[folder.name]
    tries = told.with_name(f"{folder.name}.tries")
    number = len(tries.read_text()) if tries.exists() else 0
    tries.write_text("x" * (number + 1))
    folder.mkdir(exist_ok=True)
    print(
        f"act {acts[number]}, threads {os.environ['OMP_NUM_THREADS']}, gpu {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True
    )
    match acts[number]:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            with lock.owned(folder, print), Interrupt() as interrupt:
                while not interrupt.requested:
                    time.sleep(0.01)
                (folder / "saved").touch()
                time.sleep(0.3)
            return 128 + signal.SIGTERM
        case "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(60)
        case "exit":
            os._exit(7)
        case "nothing":
            return 0
        case "finish":
            metrics = {"accuracy_percent": 50.0 + len(folder.name)}
            retrain = {"epochs": 3, "steps": 6, "seconds": 1.0, "parameters": 5, "losses": {"loss": 0.5}}
            evaluation = {**COMPLETE["evaluation"], "metrics": metrics}
            summary = {**COMPLETE, "retrain": retrain, "evaluation": evaluation}
            (folder / "summary.json").write_text(json.dumps(summary))
            return 0
        case failure:
            error = FAILURES[failure]()
            failed(error)
            return error.status
    return 0


if __name__ == "__main__":
    child.run = run
    child.main()
