"""`spikegraph runs`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.run_text import number
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import notice, out, out_json
from spikegraph.cli.text_table import table
from spikegraph.errors import RunFolderError
from spikegraph.visible import visible_name

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord

FORMAT_VERSION = 1


@click.command("runs", epilog=examples("spikegraph runs"))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="[DIR]", default="runs")
@json_option
@common_options
def command(folder: Path, as_json: bool) -> int:
    """List the runs in a folder, by default in runs/, the oldest first.

    A run that isn't complete is listed with its phase; `spikegraph show RUN` says how to continue it.
    """
    from spikegraph.runs.record import read_run  # noqa: PLC0415 (slow to import)

    found: list[RunRecord] = []
    for path in sorted(path.parent for path in (*folder.glob("manifest.json"), *folder.glob("*/manifest.json"))):
        try:
            run = read_run(path)
            _ = run.complete or run.last  # reads the journal
            found.append(run)
        except RunFolderError as error:
            notice(f"warning: not listed: {error}")
    found.sort(key=lambda run: run.manifest.started)
    if as_json:
        out_json({"format_version": FORMAT_VERSION, "folder": str(folder), "runs": [as_object(run) for run in found]})
    elif found:
        out(table([("run", "spec", "seed", "result"), *map(_row, found)], right=(2,)))
    else:
        out(f"there is no run in {visible_name(folder)}")
    return 0


def as_object(run: "RunRecord") -> dict[str, Any]:
    """A run as JSON."""
    manifest = run.manifest
    return {
        "run": str(run.path),
        "spec": manifest.spec,
        "profile": manifest.profile,
        "seed": manifest.seed,
        "precision": manifest.precision,
        "started": manifest.started,
        "complete": run.complete,
        "resume": None if run.complete else run.resume_command,
        "metrics": run.metrics,
    }


def _row(run: "RunRecord") -> tuple[str, ...]:
    return visible_name(run.path), visible_name(Path(run.manifest.spec).name), str(run.manifest.seed), _result(run)


def _result(run: "RunRecord") -> str:
    """The first metric of a complete run, else how far it is."""
    if run.complete:
        return next((f"{name} {number(value)}" for name, value in run.metrics.items()), "complete")
    at = next(reversed(run.last.values()), None)
    return "not complete: " + ("not started" if at is None else f"{at.phase}, epoch {at.epoch}")
