"""`spikegraph report`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out
from spikegraph.files import write_whole

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report", epilog=examples("spikegraph report runs/first runs/second -o report.html"))
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN...")
@click.option("-o", "--output", type=FILE, default="report.html", show_default=True, metavar="FILE", help="Write to this file.")
@common_options
def command(runs: tuple[Path, ...], output: Path) -> int:
    """Write an HTML report on one or several runs.

    The file is self-contained. It shows results and baselines, diagrams, curves, searched choices, firing rates, energy,
    predictions and the command that repeats the run. Also works while a run is in progress.
    """
    from spikegraph.backends.report.page import report  # noqa: PLC0415 (slow to import)
    from spikegraph.backends.report.record import Record  # noqa: PLC0415

    records = [Record.read(run, label) for run, label in zip(runs, labels(runs), strict=True)]
    text = report(records)
    write_whole(output, text)
    out(str(output))
    return 0


def labels(runs: Sequence[Path]) -> list[str]:
    """Short names: the names of the folders, or their whole paths if two names are equal.

    Raises:
        UsageError: A run is given twice.
    """
    paths = [run.resolve() for run in runs]
    if len(set(paths)) < len(paths):
        raise click.UsageError("a run is given twice")
    names = Counter(path.name for path in paths)
    return [path.name if names[path.name] == 1 else str(run) for run, path in zip(runs, paths, strict=True)]
