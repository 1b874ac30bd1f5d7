"""`spikegraph runs`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.duration import Duration, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.partners import require_partner
from spikegraph.cli.run_folders import left_out
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import notice, out, out_json

if TYPE_CHECKING:
    from spikegraph.overview.listed import Listed
    from spikegraph.overview.where import Condition

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

AROUND = 5
"""Lines of a terminal that a table that is watched leaves free, for its head and what stands below it."""


@click.command("runs", epilog=examples("spikegraph runs", "spikegraph runs runs/sweep --where state=failed --sort seed"))
@click.argument("folder", type=FOLDER, metavar="[DIR]", default="runs")
@click.option("--sort", "column", metavar="COLUMN", help="List by this column, -COLUMN in descending order.  [started]")
@click.option("--reverse", is_flag=True, help="Show the last one first.")
@click.option(
    "--where",
    "texts",
    multiple=True,
    metavar="EXPR",
    help="List only the runs for which this holds: COLUMN, one of = != < <= > >=, and a value, such as state=failed, seed>=3, "
    "'spec=st*' or search.weights.lr=0.01. May be repeated; all must hold.",
)
@click.option("--watch", "watching", is_flag=True, help="Show the list again and again while runs go on, if on a terminal.")
@duration_option("--every", Duration("30s"), "Set the pause of --watch.", default="5s", show_default=True)
@json_option
@common_options
def command(
    folder: Path, column: str | None, reverse: bool, texts: tuple[str, ...], watching: bool, every: float, as_json: bool
) -> int:
    """List the runs in a folder, by default in runs/, the oldest first.

    Runs in folders below it are found too. States: running, finished, failed (by an error), stopped (by a signal; saved), and
    lost (no process has it, and its end isn't recorded: it was killed). `spikegraph show RUN` says how to continue a run.

    Columns are named as in the table, and for --sort and --where also started, seconds, device, host, validation.METRIC, and
    every setting of the spec, as for --set. search_trainings is what a run's search cost, in trainings of its `retrain`.
    """
    from spikegraph.cli.overview_text import list_text, states_text  # noqa: PLC0415
    from spikegraph.overview.as_json import list_data  # noqa: PLC0415 (slow to import)
    from spikegraph.overview.comparison import states  # noqa: PLC0415
    from spikegraph.overview.where import Condition, WhereError  # noqa: PLC0415

    require_partner("--watch", watching, "every")
    if as_json and watching:
        raise click.UsageError("--json can't be combined with --watch")
    try:
        conditions = [Condition.parse(text) for text in texts]
    except WhereError as error:
        raise click.UsageError(f"--where: {error}") from error

    def look() -> "list[Listed]":
        return _order(_chosen(read_runs(folder), conditions), column, reverse=reverse)

    def shown(height: int | None) -> tuple[str, bool]:
        runs = look()
        going = any(run.state.name == "running" for run in runs)
        if not runs:
            return f"there is no {'such ' if conditions else ''}run in {visible_name(folder)}", going
        most = None if height is None else max(height - AROUND, 1)
        head = f"{states_text(states(runs))}\n\n" if watching else ""
        return head + list_text(runs, most), going

    if as_json:
        out_json(list_data(str(folder), look()))
    elif watching:
        from spikegraph.cli.watch import watch  # noqa: PLC0415

        watch(shown, every)
    else:
        out(shown(None)[0])
    return 0


def read_runs(folder: Path) -> "list[Listed]":
    """The runs in a folder; those that can't be read are left out, with a warning."""
    from spikegraph.overview.find import find_runs  # noqa: PLC0415 (slow to import)
    from spikegraph.overview.listed import read_listed  # noqa: PLC0415

    return read_listed(find_runs(folder, notice), left_out)


def _chosen(runs: "Sequence[Listed]", conditions: "Sequence[Condition]") -> "list[Listed]":
    from spikegraph.overview.where import WhereError, chosen  # noqa: PLC0415 (slow to import)

    try:
        return chosen(runs, conditions)
    except WhereError as error:
        raise click.UsageError(f"--where: {error}") from error


def _order(runs: "list[Listed]", column: str | None, *, reverse: bool) -> "list[Listed]":
    from spikegraph.overview.where import WhereError, ordered  # noqa: PLC0415 (slow to import)

    try:
        return ordered(runs, column or "started", reverse=reverse)
    except WhereError as error:
        raise click.UsageError(f"--sort: {error}") from error
