"""`spikegraph search-progress`."""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import click

from spikegraph.base.files import write_whole
from spikegraph.base.visible import visible_name
from spikegraph.cli.devices import best_device
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OUTPUT
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import notice, out, out_json
from spikegraph.cli.text_table import table

FORMAT_VERSION = 1

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("search-progress", epilog=examples("spikegraph search-progress runs/first --epochs 3 -o progress.csv"))
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN...")
@click.option("--epochs", type=click.IntRange(1), default=1, show_default=True, help="Retrain each for this many epochs.")
@click.option("--data", type=FOLDER, metavar="DIR", help="Read the data in this folder.")
@click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one.")
@click.option("-o", "--output", type=OUTPUT, metavar="FILE", help="Write the table as CSV.")
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    runs: tuple[Path, ...],
    epochs: int,
    data: Path | None,
    device: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Retrain the snapshots of a search for a few epochs each.

    Measures the architectures along the search on the validation set; for several runs, such as different seeds, also shows
    the best. A run keeps snapshots if its `search` sets `snapshots = k`. Results are stored in the run's folder, so that an
    interrupted call resumes.
    """
    from spikegraph.analysis.search_progress import Progress  # noqa: PLC0415 (slow to import)
    from spikegraph.backends.torch.snapshots import retrain_snapshots  # noqa: PLC0415 (imports torch)
    from spikegraph.base.progress import reporter  # noqa: PLC0415

    place = device or best_device()
    progress_reporter = reporter(settings.color)
    found: dict[str, Mapping[int, Mapping[str, float]]] = {}
    for run in runs:
        progress_reporter.notice(f"run: {visible_name(run)}")
        measured = retrain_snapshots(run, epochs=epochs, data=data, device=place, reporter=progress_reporter)
        found[str(run)] = {m.epoch: m.metrics for m in measured}
    progress = Progress(found)
    if output is not None:
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(progress.table())
        write_whole(output, text.getvalue())
        notice(f"wrote {visible_name(output)}")
    if as_json:
        out_json(
            {
                "format_version": FORMAT_VERSION,
                "epochs": epochs,
                "runs": [
                    {"run": run, "snapshots": [{"epoch": e, "metrics": m} for e, m in snapshots.items()]}
                    for run, snapshots in found.items()
                ],
                "best": [{"epoch": epoch, "metrics": progress.best(epoch)} for epoch in progress.epochs],
            }
        )
    else:
        rows = progress.table()
        # The best of all runs stays longest.
        drop = sorted(range(len(rows[0]) - 1, 0, -1), key=lambda column: rows[0][column].endswith(" best"))
        out(table(rows, right=range(len(rows[0])), drop=drop))
    return 0
