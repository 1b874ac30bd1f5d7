"""`spikegraph stats`: parameters, operations and energy of a network, as a table or JSON."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli.diagnostics import report
from spikegraph.cli.emit import shape_text
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out, out_json
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.passes.phase_pipelines import Phase

FORMAT_VERSION = 1


@click.command("stats")
@click.argument("spec", type=SPEC, metavar="SPEC|RUN")
@spec_options
@json_option
@common_options
@click.pass_obj
def command(settings: Settings, spec: Path, options: SpecOptions, as_json: bool) -> int:
    """Count parameters and operations, layer by layer.

    Also estimate the energy of one time step: from the measured firing rates of a run, or else an upper bound with a spike at
    every input.
    """
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.record import read_run  # noqa: PLC0415

    path, rates = spec, None
    if spec.is_dir():
        run = read_run(spec)
        path, rates = run.folder.resolved, run.rates or None
        if options.genotype is None and run.genotype is not None:
            options = replace(options, genotype=run.folder.genotype)
    program = options.read(path)
    built = program.build(options.phase)
    found = Statistics.of(built.outline, built.plain, rates)
    if as_json:
        out_json(as_object(found, str(spec), built.phase))
    else:
        report(program.resolved.diagnostics, settings)
        out(page(found, built.phase))
    return 0


def as_object(found: "Statistics", spec: str, phase: "Phase") -> dict[str, Any]:
    """The statistics as JSON; `spec` is the path on the command line."""
    from spikegraph.analysis.energy import ADDITION_PJ, MULTIPLY_ACCUMULATE_PJ  # noqa: PLC0415 (slow to import)

    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "phase": phase,
        "parameters": found.parameters,
        "parameters_by_role": dict(found.roles),
        "layers": [
            {
                "name": layer.name,
                "op": layer.op,
                "kind": str(layer.value.kind),
                "shape": list(layer.value.shape),
                "parameters": layer.parameters,
                "additions": layer.additions,
                "multiplications": layer.multiplications,
            }
            for layer in found.layers
        ],
        "energy": {
            "firing_rates": "measured" if found.measured else "bound",
            "millijoules": found.millijoules,
            "addition_picojoules": ADDITION_PJ,
            "multiply_accumulate_picojoules": MULTIPLY_ACCUMULATE_PJ,
            "layers": [
                {
                    "name": layer.name,
                    "firing_rate": layer.rate,
                    "additions": layer.fired,
                    "multiplications": layer.multiplications,
                    "millijoules": layer.millijoules,
                }
                for layer in found.layers
            ],
        },
    }


def page(found: "Statistics", phase: "Phase") -> str:
    """The statistics as a table with totals below it."""
    head = ("name", "op", "kind", "shape", "parameters", "additions", "multiplications", "mJ")
    rows = [
        (
            layer.name,
            layer.op,
            str(layer.value.kind),
            shape_text(layer.value),
            f"{layer.parameters:,}",
            f"{layer.additions:,}",
            f"{layer.multiplications:,}",
            f"{layer.millijoules:.3f}",
        )
        for layer in found.layers
    ]
    roles = ", ".join(f"{role} {count:,}" for role, count in found.roles.items())
    how = "at the measured firing rates" if found.measured else "an upper bound: every input counts as a spike"
    lines = [
        table([head, *rows], right=(4, 5, 6, 7)),
        f"phase {phase}: {found.parameters:,} parameters ({roles})",
        f"energy: {found.millijoules:.3f} mJ for one time step, {how}",
    ]
    return "\n".join(lines) + "\n"
