"""`spikegraph stats`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.diagnostics import report
from spikegraph.cli.runs import Run
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

    Also the energy of one time step: of a run at its firing rates, where they were measured, else with every input a spike,
    which is the most that it can be.
    """
    path, rates = spec, None
    if spec.is_dir():
        run = Run.read(spec)
        path, rates = spec / "resolved.sdhs", run.firing_rates()
        if genotype is None and run.genotype is not None:
            genotype = spec / "genotype.sdhs"
    program = SpecOptions(phase, genotype, profile, overrides).read(path)
    built = program.build(phase)
    found = Statistics.of(built, rates)
    if as_json:
        out_json(found.as_object(str(spec)))
    else:
        report(program.resolved.diagnostics, settings)
        out(found.page())
    return 0
