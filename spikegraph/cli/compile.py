"""`spikegraph compile`."""

import sys
from pathlib import Path

import click

from spikegraph.base.files import write_whole
from spikegraph.base.visible import visible_name
from spikegraph.cli.diagnostics import report
from spikegraph.cli.emit import FORMS, SUMMARY, PrintAfter, emitted
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OUTPUT_OF_SPECS, refuse_read
from spikegraph.cli.run_options import RunOptions, run_options
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import notice, out, out_text
from spikegraph.cli.training import train
from spikegraph.cli.validation import validate_option, validated


@click.command(
    "compile",
    epilog=examples(
        "spikegraph compile builtin:stereo --train --out runs/first",
        "spikegraph compile --train --out runs/first --resume",
        "spikegraph compile runs/first --train --pick 'accuracy >= 80'",
        "spikegraph compile builtin:cifar10 --genotype builtin:genotypes/cifar10",
        "spikegraph compile net.sdhs --emit ir -o graph.txt",
    ),
)
@click.argument("spec", type=SPEC, metavar="SPEC|RUN", required=False)
@spec_options
@click.option("--passes", metavar="LIST", help="Run this pipeline instead of the phase's own, which `--emit passes` prints.")
@click.option("--print-after", metavar="PASS|all", help="Print the graph after a pass to standard error.")
@validate_option
@click.option("--emit", type=click.Choice(FORMS), help="Print this instead of the summary.")
@click.option("-o", "--output", type=OUTPUT_OF_SPECS, metavar="FILE", help="Write to this file.")
@run_options
@common_options
@click.pass_obj
def command(
    settings: Settings,
    spec: Path | None,
    options: SpecOptions,
    passes: str | None,
    print_after: str | None,
    validate: bool,
    emit: str | None,
    output: Path | None,
    run: RunOptions | None,
) -> int:
    """Check a spec and print a table of its layers, or train it.

    For the folder of a run: the table of its spec with its genotype.

    With --train: search and decode (if the spec has a search and no genotype is given), then retrain, then evaluate. Each
    phase writes its result to the run's folder when it ends.

    With --validate: first check that each pass keeps what the network computes, as `spikegraph check` does.
    """
    if run is not None:
        forms = {"--phase": options.phase, "--passes": passes, "--print-after": print_after, "--emit": emit, "-o": output}
        for name, value in forms.items():
            if value is not None:
                raise click.UsageError(f"{name} can't be combined with --train")
        if validate and spec is None:
            raise click.UsageError("--validate needs a spec: a resumed run's is that of its first call")
        if validate and spec is not None:
            for phase, compared in validated(options.read(spec).checked()):
                notice(f"validated {phase}: {compared}")
        return train(spec, options, run, settings)
    if spec is None:
        raise click.UsageError("Missing argument 'SPEC|RUN'.")
    program = options.read(spec)
    refuse_read(output, (spec, *program.resolved.diagnostics.sources))
    after = None if print_after is None else PrintAfter(print_after, sys.stderr.write)
    form = emit or SUMMARY
    if validate:
        for phase, compared in validated(program, options.phase or program.phase, passes):
            notice(f"validated {phase}: {compared}")
    text = emitted(program, options.phase, passes, form, after)
    report(program.resolved.diagnostics, settings)
    if output is None and form == SUMMARY:
        out_text(text)
    elif output is None:
        out(text)
    else:
        write_whole(output, text)
        notice(f"wrote {visible_name(output)}")
    return 0
