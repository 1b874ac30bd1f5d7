"""`spikegraph diff`."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.base.files import write_whole
from spikegraph.base.resources import is_kept
from spikegraph.base.terminal import columns
from spikegraph.base.visible import visible_name
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OUTPUT_OF_SPECS, check_output, refuse_read
from spikegraph.cli.partners import require_partner
from spikegraph.cli.render import STYLES
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.spec_options import PICTURE, SPEC
from spikegraph.cli.streams import notice, out_json, out_text


@click.command("diff", epilog=examples("spikegraph diff runs/first runs/second -o diff.svg", "spikegraph diff runs/first"))
@click.argument("sources", nargs=-1, type=SPEC, required=True, metavar="A B...")
@click.option("-o", "--output", type=PICTURE, metavar="FILE", help="Write a diagram: .svg, .pdf, .png or .dot.")
@click.option("--consensus", type=OUTPUT_OF_SPECS, metavar="FILE", help="Write the majority's choices as a genotype file.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if they differ.")
@click.option("--dark", is_flag=True, help="Draw on a dark background.")
@click.option(
    "--style", type=click.Choice(STYLES), default="screen", help="Draw for a screen, or for a paper's column of 252 points."
)
@json_option
@common_options
def command(
    sources: tuple[Path, ...],
    output: Path | None,
    consensus: Path | None,
    exit_code: bool,
    dark: bool,
    style: str,
    as_json: bool,
) -> int:
    """Compare architectures: genotype files, specs or runs; of one run with a front, each network with the next.

    Ignores the order of terms, and the names of candidates if their definitions are available. Compares two architectures
    edge by edge and layer by layer; for more, prints a table of how far they agree.
    """
    require_partner("-o", output, "dark", "style")
    for path in (output, consensus):
        if path is not None:
            check_output(path)
    first, *others = sources
    if not others:
        if output is not None or consensus is not None or exit_code:
            raise click.UsageError(
                "a front has several differences; for a picture give two of its genotypes, RUN/front/NN.sdhs"
            )
        from spikegraph.cli.front_diff import diff_along  # noqa: PLC0415 (only for fronts)

        return diff_along(first, as_json=as_json)
    if consensus is not None:
        refuse_read(consensus, read_files(sources), "--consensus")
    from spikegraph.backends.graphviz.render import render  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype.agreement import agree  # noqa: PLC0415
    from spikegraph.genotype.comparison_json import agreement_data, difference_data  # noqa: PLC0415
    from spikegraph.genotype.comparison_text import agreement_text, consensus_text, difference_text  # noqa: PLC0415
    from spikegraph.genotype.diff import diff  # noqa: PLC0415
    from spikegraph.program.networks import architecture_of  # noqa: PLC0415

    architectures = [architecture_of(path, name) for path, name in zip(sources, names(sources), strict=True)]
    agreement = agree(architectures)
    if len(architectures) == 2:
        difference = diff(*architectures)
        subject, text, data = difference, difference_text(difference), difference_data(difference)
    else:
        subject, text, data = agreement, agreement_text(agreement, columns(sys.stdout)), agreement_data(agreement)
    if output is not None:
        render(subject, dark=dark, paper=style == "paper").write(output)
        notice(f"diagram: {visible_name(output)}")
    if consensus is not None:
        of = ", ".join(a.name for a in architectures)
        write_whole(consensus, consensus_text(agreement, f"The consensus of {of}."))
        notice(f"consensus: {visible_name(consensus)}")
    if as_json:
        out_json(data)
    else:
        out_text(text)
    return int(exit_code and subject.different)


def read_files(sources: Sequence[Path]) -> list[str | Path]:
    """The sources, and the files that the specs among them import."""
    from spikegraph.dsl.loader import load  # noqa: PLC0415 (slow to import)

    return [*sources, *(name for path in sources if not is_kept(path) for name in load(path).diagnostics.sources)]


def names(paths: Sequence[Path]) -> list[str]:
    """Short names for tables: the names of files and folders, or their whole paths if two names are equal."""
    shorts = [path.name if path.is_dir() else path.stem for path in paths]
    counts = Counter(shorts)
    return [
        short if counts[short] == 1 else str(path if path.is_dir() else path.with_suffix(""))
        for path, short in zip(paths, shorts, strict=True)
    ]
