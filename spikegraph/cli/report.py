"""`spikegraph report`."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.base.files import write_whole
from spikegraph.cli.duration import Duration, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import given_runs
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import notice, out

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)

FEW = 8
"""Most runs with sections of their own, unless `--each` is given."""


@click.command(
    "report",
    epilog=examples(
        "spikegraph report runs/first runs/second -o report.html", "spikegraph report runs/sweep -o sweep.html --watch"
    ),
)
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN|DIR...")
@click.option("-o", "--output", type=FILE, default="report.html", show_default=True, metavar="FILE", help="Write to this file.")
@click.option("--each", is_flag=True, help=f"Show sections of each run also for more than {FEW} runs.")
@click.option("--watch", "watching", is_flag=True, help="Write the file again while runs go on; the page loads it again.")
@duration_option("--every", Duration("1m"), "Set the pause of --watch.", default="30s", show_default=True)
@common_options
def command(runs: tuple[Path, ...], output: Path, each: bool, watching: bool, every: float) -> int:
    """Write an HTML report on one or several runs, or on those in a folder.

    The file is self-contained. It shows results and baselines, diagrams, curves, searched choices, firing rates, energy,
    predictions and the command that repeats the run. Several runs are listed in a table that can be sorted and filtered; more
    than 8 have their curves on one axis, and the agreement of their genotypes. Also works while a run is in progress.
    """
    from spikegraph.cli.watch import End  # noqa: PLC0415

    going = write(runs, output, each, every if watching else None)
    out(str(output))
    end = End()
    while watching and not end.reached(going):
        time.sleep(every)
        going = write(runs, output, each, every)
    return 0


def write(paths: Sequence[Path], output: Path, each: bool, every: float | None) -> bool:
    """Writes the report; returns whether some run goes on.

    Args:
        paths: Runs, and folders with runs.
        output: The file.
        each: Give many runs sections of their own too.
        every: Seconds after which the page loads itself again if a run goes on; None for never.
    """
    from spikegraph.backends.report.page import report, report_many  # noqa: PLC0415 (slow to import)
    from spikegraph.backends.report.record import Record  # noqa: PLC0415

    found = given_runs(paths)
    going = any(run.state.name == "running" for run in found)
    reload = every if going else None
    names = labels([run.path for run in found])
    if len(found) <= FEW or each:
        records = [
            Record(r.run.folder, r.run.manifest, r.run.summary, name, r.state) for r, name in zip(found, names, strict=True)
        ]
        text = report(records, reload=reload)
    else:
        title = f"{len(found):,} runs in {paths[0]}" if len(paths) == 1 else f"{len(found):,} runs"
        text = report_many(found, names, title, reload=reload, damaged=lambda text: notice(f"warning: left out: {text}"))
    write_whole(output, text)
    return going


def labels(runs: Sequence[Path]) -> list[str]:
    """Short names: the names of the folders or, if two are equal, their paths in the folder that they share."""
    paths = [run.resolve() for run in runs]
    if max(Counter(path.name for path in paths).values()) == 1:
        return [path.name for path in paths]
    shared = os.path.commonpath(paths)
    return [path.relative_to(shared).as_posix() for path in paths]
