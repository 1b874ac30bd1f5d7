"""What runs a sweep: this machine, or the Ray cluster of `--ray`."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.run_options import RunOptions

if TYPE_CHECKING:
    from spikegraph.sweep.engine import Engine
    from spikegraph.sweep.folder import Plan, SweepFolder
    from spikegraph.sweep.resources import Slot


def check_ray(given: RunOptions) -> None:
    """Checks the options that don't fit `--ray`, and that the package is installed.

    Raises:
        UsageError: An option can't be combined with it.
        NotFoundError: The package ray isn't installed.
    """
    if given.ray is None:
        return
    if given.jobs is not None:
        raise click.UsageError("--jobs can't be combined with --ray, which runs as many at once as its nodes have cores for")
    if given.device is not None and given.device not in ("cpu", "cuda"):
        raise click.UsageError(
            f"--device {given.device} can't be combined with --ray, which assigns the GPUs; write --device cuda"
        )
    from spikegraph.sweep.ray_engine import require_ray  # noqa: PLC0415 (slow to import)

    require_ray()


def engine_of(folder: "SweepFolder", plan: "Plan", given: RunOptions, runs: int) -> "tuple[Engine, int | None]":
    """The engine, and how many runs it runs at once; None if that is the cluster's to decide.

    Args:
        folder: The sweep's folder.
        plan: What the sweep consists of.
        given: The options on the command line.
        runs: Number of runs.
    """
    if given.ray is None:
        from spikegraph.sweep.local import LocalEngine  # noqa: PLC0415 (slow to import)

        slots = slots_of(runs, given.jobs or plan.jobs, plan.threads, plan.device)
        return LocalEngine(slots), len(slots)
    from spikegraph.sweep.ray_engine import RayEngine  # noqa: PLC0415
    from spikegraph.sweep.resources import Slot  # noqa: PLC0415

    return (
        RayEngine(
            address=given.ray,
            environment=Slot(plan.threads).environment,
            cpus=plan.threads,
            gpus=0 if plan.device == "cpu" else 1,
            logs=Path.cwd() / folder.logs,
            resume=f"{folder.resume_command} --ray {shlex.quote(given.ray)}",
        ),
        None,
    )


def slots_of(runs: int, jobs: int | None, threads: int | None, device: str) -> "tuple[Slot, ...]":
    """What each of the runs that run at once may use, on this machine."""
    from spikegraph.base.shared_cores import cores  # noqa: PLC0415 (only for sweeps)
    from spikegraph.sweep.resources import given_threads, shares, visible_gpus  # noqa: PLC0415

    gpus: tuple[str, ...] = ()
    if device == "cuda":
        import torch  # noqa: PLC0415 (slow to import)

        gpus = visible_gpus(torch.cuda.device_count(), os.environ)
    if device != "cpu" and not gpus:
        jobs = jobs or 1  # a device that is named is one
    return shares(runs, cores(), jobs, threads or given_threads(os.environ), gpus)
