"""`spikegraph slurm`."""

import math
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.files import write_whole
from spikegraph.cli.duration import NOTATION, seconds_of
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OUTPUT, check_output, refuse_read
from spikegraph.cli.run_options import RunOptions, training_options
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import notice
from spikegraph.cli.sweep import axes_of
from spikegraph.cli.sweep_engine import slots_of

if TYPE_CHECKING:
    from spikegraph.cli.sweep_start import Start

SHARED = (
    *(
        "data",
        "out",
        "seed",
        "seeds",
        "retries",
        "device",
        "precision",
        "deterministic",
        "cuda_graph",
        "checkpoint_every",
        "log",
        "tensorboard",
        "control",
        "weights",
        "take",
        "freeze",
        "rate",
    ),
)
"""The options of `--train` that a job array has too."""

FORMS = {
    "time": (
        r"\d+(:\d\d){0,2}|\d+-\d+(:\d\d){0,2}",
        f"a time limit; write {NOTATION}, such as 8h, or as Slurm does: minutes, HH:MM:SS or DAYS-HH:MM:SS",
    ),
    "memory": (r"\d+[KMGT]?", "a size; write megabytes, or a number with K, M, G or T, such as 16G"),
    "partition": (r"[\w.+-]+(,[\w.+-]+)*", "the name of a partition, or several with commas"),
}
"""What Slurm accepts; these values are written into lines that it reads without a shell's quotes."""


def _formed(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    form, what = FORMS[str(parameter.name)]
    given = value
    if parameter.name == "time" and (seconds := seconds_of(value)):
        value = str(math.ceil(seconds / 60))  # Slurm's minutes
    if re.fullmatch(form, value, re.ASCII) is None:
        raise click.BadParameter(f"`{value}` isn't {what}")
    if parameter.name == "time":
        _require_time(given, value)
    return value


def _require_time(given: str, value: str) -> None:
    """Refuses a time limit, as given and in one of Slurm's forms, that leaves a job no time before it must save its run."""
    from spikegraph.sweep.slurm import SECONDS_TO_SAVE  # noqa: PLC0415 (slow to import)

    if 0 < _slurm_seconds(value) <= SECONDS_TO_SAVE:  # 0 is no limit
        summary = f"`{given}` is too short: a run is told to save itself {SECONDS_TO_SAVE} seconds before the limit"
        raise click.BadParameter(f"{summary}; give more than {SECONDS_TO_SAVE // 60} minutes")


def _slurm_seconds(text: str) -> int:
    """The seconds of a time limit: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S (sbatch's manual, `--time`)."""
    days, _, rest = text.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    hours, minutes, seconds = (*parts, 0, 0)[:3] if days or len(parts) == 3 else (0, *parts, 0)[:3]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


def resource_options(function: Callable[..., int]) -> Callable[..., int]:
    """Adds what each job asks Slurm for."""
    count, form = partial(click.IntRange, max=100_000), partial(click.option, callback=_formed)
    for option in reversed(
        (
            form(
                "--time",
                metavar="LIMIT",
                help="Set the time limit of a job, such as 8h or 8:00:00; a run that isn't finished then is saved and queued "
                "again.",
            ),
            click.option(
                "--cpus", type=count(1), default=1, metavar="N", help="Use N processors for each job, and as many threads.  [1]"
            ),
            click.option(
                "--gpus",
                type=click.IntRange(0, 1),
                metavar="N",
                help="Use N GPUs for each job.  [1 with --device cuda, else 0]",
            ),
            form("--memory", metavar="SIZE", help="Set the memory of each job, such as 16G."),
            form("--partition", metavar="NAME", help="Use this partition, or one of several with commas."),
            click.option("--concurrent", type=count(1), metavar="N", help="Run at most N jobs at a time."),
        )
    ):
        function = option(function)
    return function


@click.command("slurm", epilog=examples("spikegraph slurm builtin:cifar10 --seeds 0-4 --out runs/five -o five.sh"))
@click.argument("spec", type=SPEC, metavar="SPEC")
@spec_options
@partial(training_options, names=SHARED)
@resource_options
@click.option("-o", "--output", type=OUTPUT, metavar="FILE.sh", required=True, help="Write the script to this file.")
@common_options
@click.pass_obj
def command(settings: Settings, spec: Path, options: SpecOptions, run: RunOptions, output: Path, **needs: Any) -> int:
    """Write a job array for Slurm that runs seeds and combinations of values, as `sweep` does.

    Every point is checked first. --out gets the spec and the options, which the jobs read; it must be on storage that all
    nodes see. `spikegraph runs` shows the runs, and `spikegraph sweep --out OUT --resume` compares them when they are complete.
    """
    from spikegraph.cli.sweep_start import start  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.new_folder import run_folder  # noqa: PLC0415
    from spikegraph.sweep.folder import SweepFolder  # noqa: PLC0415

    if options.phase is not None:
        raise click.UsageError("--phase can't be combined with a job array, which runs all phases")
    if run.seed is not None and run.seeds is not None:
        raise click.UsageError("--seed can't be combined with --seeds")
    if not output.parent.is_dir():
        raise click.UsageError(f"there is no folder `{output.parent}` for -o")
    check_output(output)
    refuse_read(output, (spec, options.genotype, run.weights))
    run.require_data()
    gpus = (1 if (run.device or "cpu") != "cpu" else 0) if needs["gpus"] is None else needs["gpus"]
    run = replace(run, device=run.device or ("cuda" if gpus else "cpu"))
    axes, same = axes_of(run.applied(options).overrides)
    if run.out is not None:
        SweepFolder(run.out).require_free()
    begun = start(spec, replace(options, overrides=same), run, axes, settings)
    begun = _with_threads(begun, run, needs["cpus"])
    with run_folder(run.out, begun.plan.spec, notice, "sweep") as made:
        folder = SweepFolder(made.path)
        with folder.owned(notice):
            begun.begin(folder)
    write_whole(output, _script(begun, folder.path, output, {**needs, "gpus": gpus or None}))
    notice(f"wrote {output}, for {len(begun.plan.points)} runs in {folder.path}")
    notice(f"submit it with `{shlex.join(('sbatch', str(output)))}`; compare the runs with `{folder.resume_command}`")
    return 0


def _with_threads(begun: "Start", run: RunOptions, cpus: int) -> "Start":
    """The sweep with the threads of its jobs, also where it is continued on one machine."""
    threads = 1 if run.deterministic else cpus
    slots = slots_of(len(begun.plan.points), None, threads, begun.plan.device)
    return replace(begun, plan=replace(begun.plan, threads=threads, jobs=len(slots)))


def _script(begun: "Start", folder: Path, output: Path, needs: dict[str, Any]) -> str:
    from spikegraph.plugins.local_files import loaded_files  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.slurm import JobArray, Resources  # noqa: PLC0415

    return JobArray(
        spec=begun.plan.spec,
        names=tuple(point.name for point in begun.plan.points),
        folder=str(Path.cwd() / folder),
        arguments=tuple(word for path in loaded_files() for word in ("--plugin", str(path))),
        resources=Resources(**needs),
        threads=begun.plan.threads,
        retries=begun.plan.retries,
    ).script(output.name)
