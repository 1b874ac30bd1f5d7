"""`spikegraph stats`: parameters, operations and energy of a network, as a table or JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.nearest import listed
from spikegraph.cli.diagnostics import report
from spikegraph.cli.emit import shape_text
from spikegraph.cli.energy_text import ALL, DEFAULT_MODEL, beside, chosen_models, lines
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.analysis.devices import PlanPrecision
    from spikegraph.analysis.quantised import Beside
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.runs.summary import Evaluation


@click.command(
    "stats",
    epilog=examples(
        "spikegraph stats builtin:stereo --genotype builtin:genotypes/stereo",
        "spikegraph stats runs/first --json",
        "spikegraph stats runs/first --data recordings",
        "spikegraph stats runs/first --energy all",
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
@click.option("--energy", metavar="MODEL|all", help="Price operations by this model, or by all that `energies` lists.")
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
    energy: str | None,
    planned: bool,
    device: str | None,
    precision: "PlanPrecision | None",
    as_json: bool,
) -> int:
    """Count parameters and operations, layer by layer.

    Also estimate the energy of an inference, of operations alone, with memory, and of the same network as a quantised ANN: from
    the spikes that a run measured on its test set, or else an upper bound with a spike at every input. Inputs that are spikes,
    counts or signs by their type or by their measured values are added; all other inputs are multiplied.
    """
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)

    if planned:
        from spikegraph.cli.plan_text import print_plan  # noqa: PLC0415 (imports torch)

        for name, value in (("data", data), ("energy", energy)):
            if value is not None:
                raise click.UsageError(f"--plan predicts what a training needs; leave out --{name}")
        name = "cpu" if device is None else device
        print_plan(spec, options, name, precision=precision or "fp32", as_json=as_json, settings=settings)
        return 0
    if device is not None or precision is not None:
        raise click.UsageError(f"--{'precision' if device is None else 'device'} is for --plan; add --plan, or leave it out")
    models = chosen_models(energy)
    program = options.read(spec)
    built = program.build(options.phase)
    evaluation = measured(spec, options, data, built.phase, settings)
    of, changed = (built.outline, built.plain, evaluation, models[0]), edited(options)
    found = Statistics.evaluated(*of, time=built.time_steps, edited=changed)
    if energy not in (None, ALL) and found.refused is not None:
        raise click.UsageError(found.energy)
    energies = beside(found, models)
    if as_json:
        from spikegraph.analysis.statistics_json import as_object  # noqa: PLC0415 (slow to import)

        out_json(as_object(found, str(spec), built.phase, energies))
    else:
        report(program.resolved.diagnostics, settings)
        out_text(page(found, built.phase, energies))
    return 0


def edited(options: SpecOptions) -> bool:
    """Whether options make another network of that of a run."""
    return bool(options.genotype or options.profile or options.overrides)


def measured(spec: Path, options: SpecOptions, data: Path | None, phase: "Phase", settings: Settings) -> "Evaluation | None":
    """What was measured of a run's network, or is now, on the test data in the folder `data`; None for a spec.

    Raises:
        UsageError: `data` is given for a spec, a supernet or an edited network, which have no trained weights.
    """
    from spikegraph.base.resources import is_kept  # noqa: PLC0415
    from spikegraph.program.kept import kept  # noqa: PLC0415 (slow to import)

    if data is not None:
        if not is_kept(spec):
            raise click.UsageError(f"--data measures the network of a run, but {spec} is a spec; train it with --train first")
        if edited(options) or phase == "search":
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
    return None if run is None else run.summary.evaluation


def page(found: "Statistics", phase: "Phase", energies: "Sequence[Beside]") -> str:
    """The statistics as a table, with totals in its last row, and the energies of an inference below it."""
    counts = [f"{sum(x.fired for x in found.layers):,.0f}", f"{sum(x.multiplications for x in found.layers):,}"]
    head = ["name", "op", "kind", "shape", "parameters", "additions", "multiplications"]
    rows = [
        [
            layer.name,
            layer.op,
            str(layer.value.kind),
            shape_text(layer.value),
            f"{layer.parameters:,}",
            f"{layer.fired:,.0f}",
            f"{layer.multiplications:,}",
        ]
        for layer in found.layers
    ]
    rows = [head, *rows, ["total", "", "", "", f"{found.parameters:,}", *counts]]
    columns = _columns(found, energies)
    rows = [[*row, *cells] for row, cells in zip(rows, zip(*columns, strict=True), strict=True)]
    roles = ", ".join(f"{role} {count:,}" for role, count in found.roles.items())
    model = "" if found.model.name == DEFAULT_MODEL else f" ({found.model.name}: {found.model.doc})"
    of = "an inference" if found.time else "one too"
    text = [
        table(rows, right=range(4, len(rows[0])), drop=(2, 1, 3, 6, 5, 4)),
        f"phase {phase}: {found.parameters:,} parameters ({roles})",
        f"additions and multiplications are those of a time step, energies those of {of}; additions "
        + (
            "are those at the measured firing rates"
            if found.measured
            else "and energies of the spiking network are upper bounds"
        ),
        *lines(energies),
        *([f"no energy model counts {listed(found.unpriced, last='and')}"] if found.unpriced else []),
        f"energy: {found.energy}{model}",
    ]
    return "\n".join(text) + "\n"


def _columns(found: "Statistics", energies: "Sequence[Beside]") -> list[list[str]]:
    """The energies of layers and in total by two models, and those of the quantised ANN by the second, in one unit."""
    from spikegraph.analysis.energy import unit_of  # noqa: PLC0415 (slow to import)
    from spikegraph.analysis.quantised import of_layers  # noqa: PLC0415

    spent, ann = dict[str, list[float]](), None
    for each in [each for each in energies if each.spiking is not None][:2]:
        spent[each.model.name], ann = of_layers(found, each.model)
    if ann is not None:
        spent[f"{list(spent)[-1]} ANN"] = ann
    first = list(spent.values())[:1]
    unit, factor = unit_of(max((n for each in first for n in each), default=0.0))
    return [
        [f"{name} {unit}", *(f"{n * factor:.4g}" for n in each), f"{sum(each) * factor:.4g}"] for name, each in spent.items()
    ]
