"""`spikegraph search-progress`."""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import click

from spikegraph.cli.run_options import best_device
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import out, out_json, say
from spikegraph.cli.tables import table
from spikegraph.files import write_whole

FORMAT_VERSION = 1

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("search-progress")
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN...")
@click.option("--epochs", type=click.IntRange(1), default=1, show_default=True, help="Of each retraining.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="The data set's folder.")
@click.option("--device", metavar="D", help="Such as cpu or cuda:1; by default a GPU where there is one.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The table as CSV.")
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
    """Retrain the snapshots of searches, each for a short time.

    Says how good the architectures are that a search passes through, on the validation set; of several runs, such as those
    of several seeds, also the best. Snapshots are kept by a run whose `search` says `snapshots = k`. What is measured is
    kept in the run's folder, so that a call that was broken off goes on.
    """
    from spikegraph.analysis.search_progress import Progress  # noqa: PLC0415 (slow to import)
    from spikegraph.backends.torch.snapshots import retrain_snapshots  # noqa: PLC0415 (imports torch)
    from spikegraph.backends.torch.train.progress import reporter  # noqa: PLC0415

    place = device or best_device()
    tell = reporter(settings.color)
    found: dict[str, Mapping[int, Mapping[str, float]]] = {}
    for run in runs:
        tell.say(f"run: {run}")
        measured = retrain_snapshots(run, epochs=epochs, data=data, device=place, reporter=tell)
        found[str(run)] = {m.epoch: m.metrics for m in measured}
    progress = Progress(found)
    if output is not None:
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(progress.table())
        write_whole(output, text.getvalue())
        say(f"wrote {output}")
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
        out(table(rows, right=range(len(rows[0]))))
    return 0
