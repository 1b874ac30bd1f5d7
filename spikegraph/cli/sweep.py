"""`spikegraph sweep`."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.run_options import RunOptions, training_options
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.sweep_run import train_sweep
from spikegraph.cli.training_options import OPTIONS

if TYPE_CHECKING:
    from spikegraph.sweep.points import Axis


@click.command(
    "sweep",
    epilog=examples(
        "spikegraph sweep builtin:cifar10 --set search.epochs=25,50 --out runs/e", "spikegraph sweep --out runs/e --resume"
    ),
)
@click.argument("spec", type=SPEC, metavar="SPEC", required=False)
@spec_options
@partial(training_options, names=[name for name in OPTIONS if name != "pick"])
@json_option
@common_options
@click.pass_obj
def command(settings: Settings, spec: Path | None, options: SpecOptions, run: RunOptions, as_json: bool) -> int:
    """Run every combination of values, as `compile --train --seeds` runs seeds, and compare them.

    --set PATH=A,B varies a value; a comma inside of brackets or quotes doesn't divide. A --set with one value is the same for
    all. Every combination runs with every seed of --seeds, or with that of --seed.
    """
    if options.phase is not None:
        raise click.UsageError("--phase can't be combined with a sweep, which runs all phases")
    run.require_data()
    if spec is None:
        return train_sweep(spec, options, run, (), settings, as_json=as_json)
    axes, same = axes_of(run.applied(options).overrides)
    if not axes and run.seeds is None:
        raise click.UsageError("nothing varies; give a --set PATH=A,B with several values, or --seeds")
    return train_sweep(spec, replace(options, overrides=same), run, axes, settings, as_json=as_json)


def axes_of(overrides: tuple[str, ...]) -> "tuple[list[Axis], tuple[str, ...]]":
    """What varies, and the overrides that are the same for all.

    Raises:
        UsageError: One isn't PATH=A,B, a path is given both ways, or the order would get lost.
    """
    from spikegraph.dsl.spellings import meaning_of  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.points import axis_of  # noqa: PLC0415

    try:
        found = [(axis_of(text, meaning_of), text) for text in overrides]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    axes, same = [axis for axis, _ in found if len(axis.values) > 1], [(a.path, t) for a, t in found if len(a.values) == 1]
    for path, _ in same:
        if any(axis.path == path for axis in axes):
            raise click.UsageError(f"`{path}` is given twice; write all its values in one: {path}=A,B")
    _require_order([axis for axis, _ in found])
    return axes, tuple(text for _, text in same)


def _require_order(given: "list[Axis]") -> None:
    """Refuses what would have another meaning than in the order of the command line, where the last one decides.

    Raises:
        UsageError: A varied value is followed by all of what it is a part of, or by one value for a part of it.
    """
    for k, first in enumerate(given):
        for second in given[k + 1 :]:
            if len(first.values) > 1 and first.path.startswith(f"{second.path}."):
                raise click.UsageError(f"`{second.path}`, which is given after `{first.path}`, takes its place; give it before")
            if len(first.values) > 1 and len(second.values) == 1 and second.path.startswith(f"{first.path}."):
                raise click.UsageError(
                    f"`{second.path}` is a part of `{first.path}`, which varies; write it in each of its values"
                )
