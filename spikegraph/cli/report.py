"""`spikegraph report`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out
from spikegraph.files import write_whole

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report")
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN...")
@click.option("-o", "--output", type=FILE, default="report.html", show_default=True, metavar="FILE", help="The page.")
@common_options
def command(runs: tuple[Path, ...], output: Path) -> int:
    """Write a page on runs that stands alone: one HTML file.

    Results beside the baselines, diagrams, curves, what was searched, firing rates, energy, predictions, and how to repeat it;
    several runs side by side. A run may still be going: the page has what is there.
    """
    from spikegraph.backends.report.page import report  # noqa: PLC0415 (slow to import)
    from spikegraph.backends.report.record import Record  # noqa: PLC0415

    records = [Record.read(run, label) for run, label in zip(runs, labels(runs), strict=True)]
    text = report(records)
    write_whole(output, text)
    out(str(output))
    return 0


def labels(runs: Sequence[Path]) -> list[str]:
    """Short names: the folders' own, with all before them where two are the same.

    Raises:
        UsageError: A run is named twice.
    """
    paths = [run.resolve() for run in runs]
    if len(set(paths)) < len(paths):
        raise click.UsageError("a run is named twice")
    names = Counter(path.name for path in paths)
    return [path.name if names[path.name] == 1 else str(run) for run, path in zip(runs, paths, strict=True)]
