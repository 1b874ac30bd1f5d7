"""`spikegraph package`."""

from pathlib import Path

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import TRAINED
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import notice


@click.command("package", epilog=examples('spikegraph package runs/first -o first --licence "CC BY 4.0"'))
@click.argument("run", type=TRAINED, metavar="RUN|DIR")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="Write into this new or empty folder, or in place of the model in it.",
)  # fmt: skip
@click.option("--licence", metavar="TEXT", help="Write into the card under which terms others may use the weights.")
@common_options
def command(run: Path, output: Path, licence: str | None) -> int:
    """Write a trained network for others: spec, weights and a card.

    The card says what it takes and gives, its data, metrics, energy and certificate. Spec and weights have their SHA-256 in
    model.json. `evaluate`, `predict`, `export` and the others take the folder as they take a run, and `spikegraph.load` too.
    Nothing in it is a program: weights are safetensors, and a plug-in is only named.
    """
    from spikegraph.backends.torch.packaging import package_of  # noqa: PLC0415 (imports torch)

    for path in sorted(package_of(run, output, licence).iterdir()):
        notice(f"wrote {visible_name(path)}")
    return 0
