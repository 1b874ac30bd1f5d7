"""`spikegraph stats`: parameters, operations and energy of a network, as a table or JSON."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli.diagnostics import report
from spikegraph.cli.emit import shape_text
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.analysis.devices import PlanPrecision
    from spikegraph.analysis.energy import EnergyModel
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.runs.summary import Evaluation

FORMAT_VERSION = 1
DEFAULT_MODEL = "cmos-45nm"
"""The paper's energy model."""


@click.command(
    "stats",
    epilog=examples(
        "spikegraph stats builtin:stereo --genotype builtin:genotypes/stereo",
        "spikegraph stats runs/first --json",
        "spikegraph stats runs/first --data recordings",
        "spikegraph stats builtin:cifar10 --plan --device h100",
    ),
)
@click.argument("spec", type=SPEC, metavar="SPEC|RUN")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Measure the firing rates of the run's network on the test data in this folder.",
)
@click.option("--energy", metavar="MODEL", default=DEFAULT_MODEL, help=f"Price operations by this model.  [{DEFAULT_MODEL}]")
@click.option("--plan", "planned", is_flag=True, help="Predict memory, time and hours of search and training instead.")
@click.option("--device", metavar="NAME", help="Predict for this device, with --plan; a wrong name lists all.  [cpu]")
@click.option(
    "--precision", type=click.Choice(("fp32", "tf32", "bf16")), help="Predict for this precision, with --plan.  [fp32]"
)
@spec_options
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    spec: Path,
    options: SpecOptions,
    data: Path | None,
    energy: str,
    planned: bool,
    device: str | None,
    precision: "PlanPrecision | None",
    as_json: bool,
) -> int:
    """Count parameters and operations, layer by layer.

    Also estimate the energy of an inference: from the spikes that a run measured on its test set, or else an upper bound with
    a spike at every input. Inputs that are spikes, counts or signs by their type or by their measured values are added; all
    other inputs are multiplied.
    """
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)

    if planned:
        from spikegraph.cli.plan_text import print_plan  # noqa: PLC0415 (imports torch)

        if data is not None:
            raise click.UsageError("--plan predicts what a training needs; leave out --data")
        print_plan(spec, options, device or "cpu", precision=precision or "fp32", as_json=as_json, settings=settings)
        return 0
    if device is not None or precision is not None:
        raise click.UsageError(f"--{'precision' if device is None else 'device'} is for --plan; add --plan, or leave it out")
    model = energy_model(energy)
    program = options.read(spec)
    built = program.build(options.phase)
    evaluation = measured(spec, options, data, built.phase, settings)
    found = Statistics.evaluated(built.outline, built.plain, evaluation, model, time=built.time_steps)
    if as_json:
        out_json(as_object(found, str(spec), built.phase))
    else:
        report(program.resolved.diagnostics, settings)
        out_text(page(found, built.phase))
    return 0


def measured(spec: Path, options: SpecOptions, data: Path | None, phase: "Phase", settings: Settings) -> "Evaluation | None":
    """What was measured of a run's network, or is now, on the test data in the folder `data`; None for a spec.

    Raises:
        UsageError: `data` is given for a spec, a supernet or an edited network, which have no trained weights.
    """
    from spikegraph.base.resources import is_kept  # noqa: PLC0415
    from spikegraph.program.kept import kept  # noqa: PLC0415 (slow to import)

    edited = bool(options.genotype or options.profile or options.overrides)
    if data is not None:
        if not is_kept(spec):
            raise click.UsageError(f"--data measures the network of a run, but {spec} is a spec; train it with --train first")
        if edited or phase == "search":
            raise click.UsageError(
                "--data measures the network that the run has trained; "
                "leave out --genotype, --profile, --set and --phase search"
            )
        from spikegraph.backends.torch.evaluated import RunTest  # noqa: PLC0415 (imports torch)
        from spikegraph.base.progress import reporter  # noqa: PLC0415
        from spikegraph.cli.devices import best_device  # noqa: PLC0415

        test = RunTest.read(spec, data=data, device=best_device(), reporter=reporter(settings.color))
        return test.evaluate(test.model("deploy" if phase == "deploy" else "retrain"))
    run = kept(spec).run if is_kept(spec) else None
    found = None if run is None else run.summary.evaluation
    # What was counted is of the network as it was trained, rates are also a guess for one that was edited.
    return replace(found, additions={}, time_steps=None) if found is not None and edited else found


def energy_model(name: str) -> "EnergyModel":
    """The energy model of this name.

    Raises:
        UsageError: There is none.
    """
    from spikegraph.analysis.energy import ENERGY_MODELS  # noqa: PLC0415 (slow to import)

    if name not in ENERGY_MODELS:
        from spikegraph.base.nearest import did_you_mean, listed  # noqa: PLC0415 (only for the message)
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        help = did_you_mean(name, ENERGY_MODELS) or f"the models are {listed(ENERGY_MODELS, last='and')}"
        raise click.UsageError(f"no energy model is called `{name}`; {help} {HINT}")
    return ENERGY_MODELS[name]


def as_object(found: "Statistics", spec: str, phase: "Phase") -> dict[str, Any]:
    """The statistics as JSON; `spec` is the path on the command line."""
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
            "time_steps": found.time or 1,
            "inference_millijoules": found.inference_millijoules,
            **({"unmeasured_inputs": list(found.unmeasured)} if found.unmeasured else {}),
            **({} if found.model.name == DEFAULT_MODEL else {"model": found.model.name}),
            **{f"{name}_picojoules": value for name, value in found.model.picojoules.items()},
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
    """The statistics as a table of one time step, with totals in its last row, and the energy of an inference below it."""
    from spikegraph.analysis.energy import unit_of  # noqa: PLC0415 (slow to import)

    unit, factor = unit_of(max((layer.millijoules for layer in found.layers), default=0.0))
    head = ("name", "op", "kind", "shape", "parameters", "additions", "multiplications", unit)
    rows = [
        (
            layer.name,
            layer.op,
            str(layer.value.kind),
            shape_text(layer.value),
            f"{layer.parameters:,}",
            f"{layer.additions:,}",
            f"{layer.multiplications:,}",
            f"{layer.millijoules * factor:.4g}",
        )
        for layer in found.layers
    ]
    sums = [sum(counts) for counts in zip(*((x.additions, x.multiplications) for x in found.layers), strict=True)] or [0, 0]
    numbers = (f"{found.parameters:,}", *(f"{count:,}" for count in sums), f"{found.millijoules * factor:.4g}")
    total = ("total", "", "", "", *numbers)
    roles = ", ".join(f"{role} {count:,}" for role, count in found.roles.items())
    model = "" if found.model.name == DEFAULT_MODEL else f" ({found.model.name}: {found.model.doc})"
    lines = [
        table([head, *rows, total], right=(4, 5, 6, 7), drop=(2, 1, 3, 6, 5)),
        f"phase {phase}: {found.parameters:,} parameters ({roles})",
        f"energy: {found.energy}{model}",
    ]
    return "\n".join(lines) + "\n"
