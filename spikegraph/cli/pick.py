"""`compile RUN --train --pick`: a network of a run's front, to be retrained as a new run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.resume import data_of, require_plugins
from spikegraph.cli.streams import notice

if TYPE_CHECKING:
    from spikegraph.cli.run_options import RunOptions
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.program.program import Program


def picked_training(run: Path | None, options: "SpecOptions", given: "RunOptions") -> "tuple[Program, RunOptions]":
    """The run's spec with the genotype that `--pick` names, and the options, by default with its seed, data and start weights.

    Raises:
        UsageError: There is no run, it has no front, or an option doesn't fit.
        ArgumentError: The text picks no network.
        RunFolderError: The run or its front is damaged.
    """
    from spikegraph.program.run_program import run_program  # noqa: PLC0415 (only for runs)
    from spikegraph.runs.front import genotype_file, read_front  # noqa: PLC0415
    from spikegraph.runs.front_pick import picked  # noqa: PLC0415
    from spikegraph.runs.record import read_run  # noqa: PLC0415
    from spikegraph.runs.source_file import source_of  # noqa: PLC0415

    if run is None or not run.is_dir():
        raise click.UsageError("--pick needs a run whose search had two objectives: spikegraph compile RUN --train --pick knee")
    _refuse(options, given)
    assert given.pick is not None
    held = read_run(run)
    front = read_front(held.folder)
    if not front:
        raise click.UsageError(
            f"{visible_name(run)} has no front, from which --pick takes a network; its search has one objective, or goes on"
        )
    require_plugins(held)
    number = picked(front, given.pick)
    point, path = front[number - 1], genotype_file(held.folder, number)
    notice(f"picked network {number} of {len(front)} on the front: {point}")
    said = any(each.partition("=")[0].strip() == "retrain.weights_from" for each in options.overrides)
    source = given.weights if said else source_of(held, given.weights)
    program = run_program(held, overrides=options.overrides).bind(point.genotype, str(path))
    program = replace(program, source=replace(program.source, name=held.manifest.spec))
    seed = held.manifest.seed if given.seed is None else given.seed
    return program, replace(
        given, data=data_of(held, given.data), seed=seed, precision=given.precision or held.manifest.precision, weights=source
    )


def _refuse(options: "SpecOptions", given: "RunOptions") -> None:
    """Refuses options that don't go with `--pick`."""
    others = {
        "--genotype": options.genotype,
        "--profile": options.profile,
        "--seeds": given.seeds,
        "--resume": given.resume or None,
    }
    of_seeds = {"--jobs": given.jobs, "--ray": given.ray, "--retries": given.retries, "--force": given.force or None}
    for name, value in (others | of_seeds).items():
        if value is not None:
            front = "the genotypes of a front are files in RUN/front, for `spikegraph compile SPEC --train --genotype FILE`"
            fix = "leave out --pick: the new run has its genotype" if name == "--resume" else front
            fix = "it trains one run from the start" if name in of_seeds else fix
            raise click.UsageError(f"{name} can't be combined with --pick; {fix}")
