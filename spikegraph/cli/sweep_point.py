"""A run of a sweep that hasn't begun: the sweep's folder has its spec and options."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.run_options import RunOptions, given_options, option_name
from spikegraph.cli.settings import Settings
from spikegraph.cli.sweep_files import held_files

if TYPE_CHECKING:
    from spikegraph.program.program import Program
    from spikegraph.sweep.folder import Plan, SweepFolder
    from spikegraph.sweep.points import Point

OWN = {"train", "out", "resume", "data", "device", "force"}
"""The options that a run of a sweep may be started with."""


@dataclass(frozen=True)
class WaitingPoint:
    """A point of a sweep, whose run hasn't begun."""

    folder: "SweepFolder"
    plan: "Plan"
    point: "Point"

    def started(self, given: RunOptions, settings: Settings) -> "tuple[Program, RunOptions, Settings]":
        """What it is run with: the spec, the options, and the settings with the arguments that start the same run alone.

        Args:
            given: The options on the command line.
            settings: Those of this call.

        Raises:
            UsageError: An option is given that the sweep decides.
            RunFolderError: The spec's text is missing or damaged.
        """
        if wrong := [option_name(name) for name in given_options() if name not in OWN]:
            raise click.UsageError(f"{wrong[0]} can't be given: {given.out} is a run of the sweep in {self.folder.path}")
        plan = self.plan
        run = replace(
            given,
            data=given.data or self._from_here(plan.data_of(self.point)),
            weights=self._from_here(plan.source_of(self.point)),
            seed=self.point.seed,
            device=given.device or plan.device,
            precision=plan.precision,
            deterministic=plan.deterministic,
            cuda_graph=plan.cuda_graph,
            checkpoint_every=plan.checkpoint_every,
            log=plan.loggers,
            control=plan.controls,
        )
        alone = replace(settings, arguments=single_run(plan, self.point, self.folder))
        return program_of(self.folder, plan, self.point), run, alone

    def _from_here(self, held: str | None) -> Path | None:
        """A path of the sweep's, from here."""
        if held is None:
            return None
        return Path(held) if Path.cwd() == Path(self.plan.directory) else Path(self.plan.directory, held)


def waiting_point(run: Path) -> WaitingPoint | None:
    """The point whose run a folder is for; None if it isn't in a sweep's folder.

    Raises:
        RunFolderError: The sweep's folder is damaged.
    """
    from spikegraph.sweep.folder import SweepFolder  # noqa: PLC0415 (slow to import)

    whole = Path(os.path.abspath(run))  # noqa: PTH100 (a link stays a link, `.` gets a name)
    folder = SweepFolder(run.parent if run.name else whole.parent)
    if not folder.plan.exists():
        return None
    plan = folder.read_plan()
    point = plan.point(whole.name)
    return None if point is None else WaitingPoint(folder, plan, point)


def program_of(folder: "SweepFolder", plan: "Plan", point: "Point") -> "Program":
    """The spec of a point as it was when the sweep was started, under the name that it had."""
    from spikegraph.dsl.loader import load, load_files  # noqa: PLC0415 (slow to import)
    from spikegraph.program.program import Program  # noqa: PLC0415

    genotype = load(folder.genotype) if plan.genotype else None
    overrides = (*plan.overrides, *point.overrides)
    files = held_files(folder)
    if files is not None:
        return Program.of_source(load_files(files, plan.spec), genotype, plan.profile, overrides)
    # A sweep of an older version is continued as it began.
    program = Program.of_source(load(folder.joined), genotype, plan.profile, overrides)
    return replace(program, source=replace(program.source, name=plan.spec, text=folder.read_spec()))


def single_run(plan: "Plan", point: "Point", folder: "SweepFolder") -> tuple[str, ...]:
    """The arguments of `spikegraph` that start the same run alone."""
    found = ["compile", plan.spec, "--train", "--seed", str(point.seed), "--out", str(folder.run(point))]
    for option, value in (
        ("--profile", plan.profile),
        ("--data", plan.data_of(point)),
        ("--weights", plan.source_of(point)),
        ("--device", plan.device),
    ):
        found += [] if value is None else [option, value]
    for override in (*plan.overrides, *point.overrides):
        found += ["--set", override]
    found += ["--genotype", str(folder.genotype)] if plan.genotype else []
    found += ["--precision", plan.precision]
    found += ["--deterministic"] if plan.deterministic else []
    found += ["--cuda-graph"] if plan.cuda_graph else []
    found += [] if plan.checkpoint_every is None else ["--checkpoint-every", f"{plan.checkpoint_every:g}s"]
    found += [] if plan.controls is None else ["--control", f"random:{plan.controls}" if plan.controls else "random"]
    return tuple(found + [word for name in plan.loggers for word in ("--log", name)])
