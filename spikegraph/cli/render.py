"""`spikegraph render`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.settings import common_options
from spikegraph.cli.specs import PICTURE, SPEC, spec_options
from spikegraph.cli.streams import out

if TYPE_CHECKING:
    from spikegraph.backends.graphviz.render import Level
    from spikegraph.passes.default import Phase

LEVELS = ("network", "trellis", "cell", "ops")


@click.command("render")
@click.argument("source", type=SPEC, metavar="SPEC|GENOTYPE|RUN")
@click.option("-o", "--output", type=PICTURE, required=True, metavar="FILE", help="Where to: .svg, .pdf, .png or .dot.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    help="What is drawn: modules and shapes; the paths of trellises; the edges of cells; the lowered operations. "
    "By default network, of genotypes alone cell.",
)
@click.option("--expand", multiple=True, metavar="NAME", help="Of ops: show the operations of a layer, cell or block; `all`.")
@click.option("--only", multiple=True, metavar="NAME", help="Of cell and trellis: draw these.")
@click.option("--dark", is_flag=True, help="On a dark ground.")
@spec_options
@common_options
def command(
    source: Path,
    output: Path,
    level: "Level | None",
    expand: tuple[str, ...],
    only: tuple[str, ...],
    dark: bool,
    phase: "Phase | None",
    genotype: Path | None,
    profile: str | None,
    overrides: tuple[str, ...],
) -> int:
    """Draw a network, its trellises, its cells or its operations.

    A run's folder brings its genotype and the alpha and beta of its search: their probabilities are the widths of lines, of
    cells with `--phase search`.
    """
    from spikegraph.backends.graphviz.sources import draw  # noqa: PLC0415 (slow to import)

    drawing = draw(
        source,
        level,
        phase=phase,
        genotype=genotype,
        profile=profile,
        overrides=overrides,
        expand=expand,
        only=only,
        dark=dark,
    )
    drawing.write(output)
    out(str(output))
    return 0
