"""`spikegraph stats`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.diagnostics import report
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.specs import SPEC, SpecOptions, spec_options
from spikegraph.cli.statistics import Statistics
from spikegraph.cli.streams import out, out_json

if TYPE_CHECKING:
    from spikegraph.passes.default import Phase


@click.command("stats")
@click.argument("spec", type=SPEC, metavar="SPEC|RUN")
@spec_options
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    spec: Path,
    phase: "Phase | None",
    genotype: Path | None,
    profile: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Count parameters and operations, layer by layer.

    Also estimate the energy of one time step: at the firing rates of a run if it has measured them, else an upper bound, with
    a spike at every input.
    """
    from spikegraph.runs.record import read_run  # noqa: PLC0415 (slow to import)

    path, rates = spec, None
    if spec.is_dir():
        run = read_run(spec)
        path, rates = run.folder.resolved, run.rates or None
        if genotype is None and run.genotype is not None:
            genotype = run.folder.genotype
    program = SpecOptions(phase, genotype, profile, overrides).read(path)
    found = Statistics.of(program.build(phase), rates)
    if as_json:
        out_json(found.as_object(str(spec)))
    else:
        report(program.resolved.diagnostics, settings)
        out(found.page())
    return 0
