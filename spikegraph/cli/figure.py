"""`spikegraph figure`."""

from pathlib import Path

import click

from spikegraph.cli.devices import best_device
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import check_output
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out
from spikegraph.cli.text_table import table

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("figure", epilog=examples("spikegraph figure", "spikegraph figure 2 runs/first -o figure2.pdf"))
@click.argument("name", required=False, metavar="NAME")
@click.argument("runs", nargs=-1, type=FOLDER, metavar="RUN...")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to this file: .svg or .pdf.")
@click.option("--data", type=FOLDER, metavar="DIR", help="Read the data of 4c and 4d in this folder. Default: the run's.")
@click.option("--device", metavar="D", help="Use this device for 4c and 4d: cpu, cuda:1. Default: a GPU if there is one.")
@common_options
def command(name: str | None, runs: tuple[Path, ...], output: Path | None, data: Path | None, device: str | None) -> int:
    """Draw a figure of the paper with what runs have.

    NAME is its number in Che et al., NeurIPS 2022: 1, 2, 3, 4a, 4b, 4c, 4d, 5, 6, 7 or 8. Without one, the figures are listed
    with what each needs. A figure is 252 points wide or, where that is too narrow, 510; more than a page is written as NAME-1,
    NAME-2.
    """
    from spikegraph.backends.report.paper.catalogue import FIGURES  # noqa: PLC0415 (slow to import)

    if name is None:
        rows = [["figure", "shows", "needs"], *([number, kind.shows, kind.needs] for number, kind in FIGURES.items())]
        out(table(rows))
        return 0
    if name not in FIGURES:
        raise click.UsageError(f"there is no figure `{name}`; choose from {', '.join(FIGURES)}")
    if not runs:
        raise click.UsageError(f"figure {name} needs a run, with {FIGURES[name].needs}")
    if output is None:
        raise click.UsageError("name the file: `-o FILE.svg` or `-o FILE.pdf`")
    check_output(output)
    from spikegraph.api.figures import figure  # noqa: PLC0415

    place = device or (best_device() if FIGURES[name].over_time is not None else "cpu")
    for file in figure(name, runs, data=data, device=place).write(output):
        out(str(file))
    return 0
