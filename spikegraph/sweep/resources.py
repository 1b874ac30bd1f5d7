"""What this machine has, and the share of it that each of several runs gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables that set the number of threads; torch's own is the first."""

GPUS = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Slot:
    """What one of the runs that run at once may use.

    Attributes:
        threads: Number of threads.
        gpu: Its GPU, as `CUDA_VISIBLE_DEVICES` names it; None: the device that the run's options name.
    """

    threads: int
    gpu: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables that give a process this much."""
        return dict.fromkeys(THREADS, str(self.threads)) | ({} if self.gpu is None else {GPUS: self.gpu})


def given_threads(environment: Mapping[str, str]) -> int | None:
    """The number of threads that `OMP_NUM_THREADS` asks for; None without one."""
    text = environment.get(THREADS[0], "").partition(",")[0].strip()
    return int(text) if text.isdecimal() and int(text) > 0 else None


def visible_gpus(count: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names of `count` GPUs: those of `CUDA_VISIBLE_DEVICES`, if it is set."""
    given = tuple(part.strip() for part in environment.get(GPUS, "").split(",") if part.strip())
    return given[:count] if given else tuple(map(str, range(count)))


def shares(runs: int, of: int, jobs: int | None, threads: int | None, gpus: Sequence[str] = ()) -> tuple[Slot, ...]:
    """The slots of runs that run at once.

    Args:
        runs: Number of runs.
        of: Number of cores.
        jobs: How many run at once; by default one for each GPU, or on the CPU as many as there are cores for their threads.
        threads: Number of threads of each; by default each run's share of the cores.
        gpus: The GPUs; runs that are more than these share them in turn.
    """
    if jobs is None:
        jobs = len(gpus) or max(1, of // (threads or 1))
    jobs = min(jobs, runs)
    each = threads or max(1, of // jobs)
    return tuple(Slot(each, gpus[k % len(gpus)] if gpus else None) for k in range(jobs))
