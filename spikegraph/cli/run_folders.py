"""The runs that a command line names: folders of runs, and folders in which runs are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.streams import notice

TRAINED = click.Path(path_type=Path, exists=True)
"""A trained network: the folder of a run or of a model, or a deployed file."""

if TYPE_CHECKING:
    from spikegraph.base.errors import RunFolderError
    from spikegraph.overview.listed import Listed


def one_run(paths: Sequence[Path]) -> Path | None:
    """The only path if it isn't a folder in which runs are; then it is a run, or an error."""
    from spikegraph.overview.find import find_runs  # noqa: PLC0415 (slow to import)

    return paths[0] if len(paths) == 1 and find_runs(paths[0]) in ([], [paths[0]]) else None


def given_runs(paths: Sequence[Path]) -> "list[Listed]":
    """The runs that paths name, in order, those in a folder the oldest first.

    Runs in a folder that can't be read are left out, with a warning.

    Raises:
        UsageError: A run is named twice.
        NotARunError: A folder is no run, and no run is in it.
        RunFolderError: A run that is named itself can't be read.
    """
    from spikegraph.overview.find import find_runs  # noqa: PLC0415 (slow to import)
    from spikegraph.overview.listed import read_listed  # noqa: PLC0415

    found: list[Listed] = []
    for path in paths:
        inside = find_runs(path, notice)
        found += read_listed([path]) if inside in ([], [path]) else read_listed(inside, left_out)
    if len({run.path.resolve() for run in found}) < len(found):
        raise click.UsageError("a run is given twice")
    return found


def left_out(error: "RunFolderError") -> None:
    """Warns of a run that can't be read."""
    notice(f"warning: not listed: {error}")
