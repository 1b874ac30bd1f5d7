"""Runs a sweep, or continues one, and prints its summary."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.errors import FAILED, Interrupted
from spikegraph.cli.run_options import RunOptions, given_options, option_name
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import notice, out_json, out_text
from spikegraph.cli.sweep_engine import check_ray, engine_of

if TYPE_CHECKING:
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.sweep.folder import Plan, SweepFolder
    from spikegraph.sweep.points import Axis
    from spikegraph.sweep.results import Results

RESUMING = {"train", "out", "resume", "jobs", "ray", "retries", "data", "force", "as_json"}
"""The options that a sweep may be continued with, without its spec."""


def train_sweep(
    spec: Path | None,
    options: "SpecOptions",
    given: RunOptions,
    axes: "Sequence[Axis]",
    settings: Settings,
    *,
    as_json: bool = False,
) -> int:
    """Runs each point of a sweep, or those that aren't complete, and prints what came of them.

    Args:
        spec: The spec; None if the sweep's folder has it.
        options: The options that belong to it; their overrides are those that all points have.
        given: The other options.
        axes: What varies besides the seed.
        settings: Those of this call.
        as_json: Print the results as JSON.

    Returns:
        0 if all runs are complete, else the exit status of the runs that aren't; 3 if these differ.

    Raises:
        UsageError: The options don't fit each other.
        SpecError: The spec is wrong, or a value of one point is.
        RunFolderError: The folder holds something else, belongs to another process, or is damaged.
        Interrupted: The sweep was asked to stop; its runs are saved.
    """
    from spikegraph.runs.new_folder import run_folder  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.folder import SweepFolder  # noqa: PLC0415

    _refuse(spec, given)
    from spikegraph.cli.sweep_start import require_same, start  # noqa: PLC0415 (slow to import)

    if given.out is not None and given.continues_sweep:
        folder = SweepFolder(given.out)
        with folder.owned(notice):
            plan = folder.read_plan()
            if given.data is not None and plan.data_folders:
                raise click.UsageError(
                    "the `folder` of the data set varies in this sweep, and --data would take its place in all runs"
                )
            if spec is not None:
                require_same(folder, plan, start(spec, options, given, axes, settings))
            return _run(folder, plan, given, settings, as_json=as_json)
    assert spec is not None
    if given.out is not None:
        SweepFolder(given.out).require_free()
    begun = start(spec, options, given, axes, settings)
    with run_folder(given.out, begun.plan.spec, notice, "sweep") as made:
        folder = SweepFolder(made.path)
        with folder.owned(notice):
            begun.begin(folder)
            return _run(folder, begun.plan, given, settings, as_json=as_json)


def _refuse(spec: Path | None, given: RunOptions) -> None:
    """Refuses options that don't fit each other.

    Raises:
        UsageError: Some don't.
    """
    check_ray(given)
    if given.sync_norm:
        raise click.UsageError("--sync-norm is for one run on several devices, not for several runs")
    if "TORCHELASTIC_RUN_ID" in os.environ:
        raise click.UsageError("several runs can't be started under torchrun, which is for one run on several devices")
    if given.resume and given.out is None:
        raise click.UsageError("--resume needs --out DIR: the folder of the sweep")
    if given.continues_sweep and spec is None:
        if wrong := [option_name(name) for name in given_options() if name not in RESUMING]:
            raise click.UsageError(f"leave out {', '.join(wrong)}, or give the SPEC too: the sweep in {given.out} has its own")
        return
    if given.force and not given.resume:
        raise click.UsageError("--force needs --resume: it continues runs although something differs")
    if given.seed is not None and given.seeds is not None:
        raise click.UsageError("--seed can't be combined with --seeds")
    if spec is None:
        missing = f"there is no sweep in {given.out}; give the SPEC to start one"
        raise click.UsageError(missing if given.resume else "Missing argument 'SPEC'.")
    if spec.is_dir():
        from spikegraph.sweep.folder import SweepFolder  # noqa: PLC0415 (slow to import)

        raise click.UsageError(f"a sweep needs a spec, not a folder; `{SweepFolder(spec).resume_command}` continues one")


def _run(folder: "SweepFolder", plan: "Plan", given: RunOptions, settings: Settings, *, as_json: bool) -> int:
    from spikegraph.base.interrupt import Interrupt  # noqa: PLC0415
    from spikegraph.cli.sweep_text import results_text  # noqa: PLC0415 (slow to import)
    from spikegraph.plugins.local_files import loaded_files  # noqa: PLC0415
    from spikegraph.runs.json_file import as_object  # noqa: PLC0415
    from spikegraph.sweep.display import Display  # noqa: PLC0415
    from spikegraph.sweep.folder import FORMAT_VERSION  # noqa: PLC0415
    from spikegraph.sweep.run import run_sweep, tasks_of  # noqa: PLC0415

    arguments = [word for path in loaded_files() for word in ("--plugin", str(path))]
    arguments += [] if given.data is None or not given.resume else ["--data", str(given.data)]
    arguments += ["--force"] if given.force else []
    tasks = tasks_of(folder, plan, Path.cwd(), arguments)
    engine, at_once = engine_of(folder, plan, given, len(tasks))
    retries = plan.retries if given.retries is None else given.retries
    with Interrupt() as interrupt:
        with Display(tasks, at_once, plan.epochs, settings.color) as display:
            told = display.changed, lambda: interrupt.requested, display.notice
            found = run_sweep(folder, tasks, engine, retries, *told)
        if interrupt.requested and found.count("finished") + found.count("failed") < len(tasks):
            notice(f"{found.count('finished')} of {len(tasks)} runs are finished; continue with `{folder.resume_command}`")
            raise Interrupted(str(folder.path))
    if as_json:
        out_json({"format_version": FORMAT_VERSION, "sweep": str(folder.path)} | as_object(found))
    else:
        out_text(results_text(folder, found))
    notice(f"the sweep is in {folder.path}")
    if failed := found.count("failed"):
        notice(f"{failed} of {len(tasks)} runs failed; continue all that isn't complete with `{folder.resume_command}`")
    return status_of(found)


def status_of(found: "Results") -> int:
    """The exit status: 0 if all runs are complete, that of the others if it is the same, else 3."""
    others = {
        FAILED if r.status is None or not 0 < r.status <= FAILED else r.status for r in found.points if r.end != "finished"
    }
    return 0 if not others else others.pop() if len(others) == 1 else FAILED
