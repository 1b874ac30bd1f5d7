"""`spikegraph report`."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.cli.duration import Duration, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OUTPUT
from spikegraph.cli.partners import require_partner
from spikegraph.cli.run_folders import given_runs
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import notice, out

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

FEW = 8
"""As in `spikegraph.backends.report.of_runs`, which is slow to import."""


@click.command(
    "report",
    epilog=examples(
        "spikegraph report runs/first runs/second -o report.html", "spikegraph report runs/sweep -o sweep.html --watch"
    ),
)
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN|DIR...")
@click.option(
    "-o", "--output", type=OUTPUT, default="report.html", show_default=True, metavar="FILE", help="Write to this file."
)
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

    require_partner("--watch", watching, "every")
    going = write(runs, output, each, every if watching else None)
    out(str(output))
    end = End()
    while watching and not end.reached(going):
        time.sleep(every)
        going = write(runs, output, each, every)
    return 0


def write(paths: Sequence[Path], output: Path, each: bool, every: float | None) -> bool:
    """Writes the report on runs, and on those in folders; as `spikegraph.backends.report.of_runs.write`."""
    from spikegraph.backends.report.of_runs import write as write_report  # noqa: PLC0415 (slow to import)

    def left_out(text: str) -> None:
        notice(f"warning: left out: {text}")

    return write_report(given_runs(paths), paths, output, each=each, every=every, damaged=left_out)
