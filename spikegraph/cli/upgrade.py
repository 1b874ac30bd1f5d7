"""`spikegraph upgrade`."""

from pathlib import Path

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OutputFile
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out


@click.command("upgrade", epilog=examples("spikegraph upgrade runs/first", "spikegraph upgrade graph.json -o new.json"))
@click.argument("path", type=click.Path(path_type=Path, exists=True), metavar="RUN|FILE")
@click.option(
    "-o",
    "output",
    type=OutputFile(dir_okay=True, specs=True),
    metavar="PATH",
    help="Write a converted copy here. Default: convert in place.",
)
@common_options
def command(path: Path, output: Path | None) -> int:
    """Convert a run's folder or a file of an older version to this one.

    FILE is a spec or genotype, or a graph as JSON or text. What is current stays as it is. Every file is replaced as a whole;
    after an interruption, run the command again.
    """
    from spikegraph.upgrade.files import upgrade_file  # noqa: PLC0415 (slow to import)
    from spikegraph.upgrade.runs import upgrade_run  # noqa: PLC0415

    upgrade = upgrade_run if path.is_dir() else upgrade_file
    told = upgrade(path, output or path)
    for text in told:
        out(text)
    if not told:
        out(f"{path} is current")
    elif output is not None:
        out(f"converted to {output}")
    return 0
