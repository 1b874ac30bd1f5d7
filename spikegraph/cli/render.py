"""`spikegraph render`."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from spikegraph.base.errors import NotThereError
from spikegraph.base.files import write_whole
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import check_output
from spikegraph.cli.settings import common_options
from spikegraph.cli.spec_options import PICTURE, SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out

if TYPE_CHECKING:
    from spikegraph.backends.graphviz.render import Level

LEVELS = ("network", "trellis", "cell", "ops", "neuron")
STYLES = ("screen", "paper")


@click.command("render", epilog=examples("spikegraph render builtin:stereo --level trellis -o trellis.svg"))
@click.argument("source", type=SPEC, metavar="SPEC|GENOTYPE|RUN")
@click.option(
    "-o", "--output", type=PICTURE, required=True, metavar="FILE", help="Write to this file: .svg, .pdf, .png or .dot."
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="Draw modules and shapes, the paths of trellises, the edges of cells, the lowered operations, or the answers of a "
    "neuron to currents (.svg). Default: network; cell for a genotype file.",
)
@click.option(
    "--expand",
    multiple=True,
    metavar="NAME",
    help="Show what is in a block, repetition, chain or line of layers (network), in a layer or cell (ops), or `all`.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Draw only these (cell, trellis), or this (neuron).")
@click.option("--dark", is_flag=True, help="Draw on a dark background.")
@click.option(
    "--style",
    type=click.Choice(STYLES),
    default="screen",
    help="Draw for a screen, or for a paper: a column of 252 points, or pages NAME-1, NAME-2 where it is too large.",
)
@spec_options
@common_options
def command(
    source: Path,
    output: Path,
    level: str | None,
    expand: tuple[str, ...],
    only: tuple[str, ...],
    dark: bool,
    style: str,
    options: SpecOptions,
) -> int:
    """Draw a network, its trellises, cells or operations.

    A run's folder provides its genotype and the alpha and beta of its search. Line widths are their probabilities; for cells
    only with `--phase search`.
    """
    check_output(output)
    from spikegraph.backends.graphviz.draw_file import draw, require_used  # noqa: PLC0415 (slow to import)

    if level == "neuron":
        require_used(level, expand, only)
        if dark or style != "screen":
            raise click.UsageError(
                f"{'--dark' if dark else '--style'} can't be combined with --level neuron, which has one look"
            )
        _draw_neuron(source, output, only, options)
        out(str(output))
        return 0
    drawing = draw(
        source,
        cast("Level | None", level),
        phase=options.phase,
        genotype=options.genotype,
        profile=options.profile,
        overrides=options.overrides,
        expand=expand,
        only=only,
        dark=dark,
        paper=style == "paper",
    )
    for file in drawing.write(output):
        out(str(file))
    return 0


def _draw_neuron(source: Path, output: Path, only: tuple[str, ...], options: SpecOptions) -> None:
    """Draws one neuron of a spec or a run.

    Raises:
        NotThereError: It isn't there, or the file has another ending.
    """
    from spikegraph.api.neuron_picture import neuron_picture  # noqa: PLC0415 (needs numpy)

    if output.suffix.lower() != ".svg":
        raise NotThereError(f"a neuron can't be drawn as `{output.name}`", "use a name that ends in .svg")
    if len(only) > 1:
        raise NotThereError(f"{len(only)} neurons are named", "draw one in a picture")
    program = options.read(source).checked()
    text = neuron_picture(program.build(options.phase).space.neurons, only[0] if only else None)
    write_whole(output, text.encode())
