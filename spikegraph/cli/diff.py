"""`spikegraph diff`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.specs import PICTURE, SPEC
from spikegraph.cli.streams import out, out_json, say
from spikegraph.files import write_whole


@click.command("diff")
@click.argument("sources", nargs=-1, type=SPEC, required=True, metavar="A B...")
@click.option("-o", "--output", type=PICTURE, metavar="FILE", help="A diagram: .svg, .pdf, .png or .dot.")
@click.option("--consensus", type=PICTURE, metavar="FILE", help="Write what most have as a genotype file.")
@click.option("--exit-code", is_flag=True, help="End with 1 where they differ.")
@click.option("--dark", is_flag=True, help="The diagram on a dark ground.")
@json_option
@common_options
def command(
    sources: tuple[Path, ...], output: Path | None, consensus: Path | None, exit_code: bool, dark: bool, as_json: bool
) -> int:
    """Compare architectures: genotype files, specs with genotypes, or runs.

    By meaning: the order of terms says nothing, and where definitions are at hand neither do the names of candidates. Two are
    compared edge by edge and layer by layer; of more, a table says who agrees with whom.
    """
    if len(sources) < 2:
        raise click.UsageError("diff takes at least two genotype files or runs")
    from spikegraph.backends.graphviz.render import render  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype.agreement import agree  # noqa: PLC0415
    from spikegraph.genotype.comparison_json import agreement_data, difference_data  # noqa: PLC0415
    from spikegraph.genotype.comparison_text import agreement_text, consensus_text, difference_text  # noqa: PLC0415
    from spikegraph.genotype.diff import diff  # noqa: PLC0415
    from spikegraph.genotype.read import read_architecture  # noqa: PLC0415

    architectures = [read_architecture(path, name) for path, name in zip(sources, names(sources), strict=True)]
    agreement = agree(architectures)
    if len(architectures) == 2:
        difference = diff(*architectures)
        subject, text, data = difference, difference_text(difference), difference_data(difference)
    else:
        subject, text, data = agreement, agreement_text(agreement), agreement_data(agreement)
    if output is not None:
        render(subject, dark=dark).write(output)
        say(f"diagram: {output}")
    if consensus is not None:
        of = ", ".join(a.name for a in architectures)
        write_whole(consensus, consensus_text(agreement, f"The consensus of {of}."))
        say(f"consensus: {consensus}")
    if as_json:
        out_json(data)
    else:
        out(text)
    return int(exit_code and subject.different)


def names(paths: Sequence[Path]) -> list[str]:
    """Short names for tables: the files' and folders' own, with all before them where two are the same."""
    stems = Counter(path.stem for path in paths)
    return [path.stem if stems[path.stem] == 1 else str(path.with_suffix("")) for path in paths]
