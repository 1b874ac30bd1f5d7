"""`spikegraph evaluate`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli.class_scores import classes_text
from spikegraph.cli.devices import best_device
from spikegraph.cli.energy_text import ALL, beside, chosen_models, statistics_text
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import TRAINED
from spikegraph.cli.run_text import count, number
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.streams import notice, out, out_json, out_text
from spikegraph.cli.text_table import table
from spikegraph.cli.validation import validate_option

if TYPE_CHECKING:
    from spikegraph.analysis.quantised import Beside
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.backends.torch.evaluated import Evaluated, Folding, Referred
    from spikegraph.runs.summary import Evaluation

FORMAT_VERSION = 1

FORM = "measured: the deployed form, {form}, as `load_run(RUN)` returns it."
FOLDED, UNFOLDED = "with norms folded into convolutions", "in which no norm is folded"
ROUNDED = """ The run's
summary is of the retrained form, whose sums are rounded differently; so the last digits may differ.
"""
SAME = " Both forms gave the same spikes and metrics.\n"

STREAMED = """\
standard: each sample from the initial state, all time steps together. streamed: one time step at a time; of recordings of two
cameras from beginning to end, with the state kept between samples, of others each sample from the initial state.
"""

EXAMPLES = (
    "spikegraph evaluate runs/first --stream",
    "spikegraph evaluate runs/first --folding",
    "spikegraph evaluate runs/first --energy",
)


@click.command("evaluate", epilog=examples(*EXAMPLES))
@click.argument("run", type=TRAINED, metavar="RUN|DIR|FILE")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Read the data in this folder. Default: the run's.",
)
@click.option("--stream", is_flag=True, help="Feed one time step at a time too; stereo keeps its state between windows.")
@click.option("--folding", is_flag=True, help="Compare with the retrained form, whose norms are separate: metrics and spikes.")
@click.option("--reference", is_flag=True, help="Compare the first samples with what the reference computes from the spec.")
@click.option("--energy", is_flag=True, help="Count synaptic operations, and price them by all energy models.")
@validate_option
@click.option(
    "--examples", is_flag=True, help="Write a few predictions, and the spikes for a sample, to the run's folder for `report`."
)
@click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one.")
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    run: Path,
    data: Path | None,
    stream: bool,
    folding: bool,
    reference: bool,
    energy: bool,
    validate: bool,
    examples: bool,
    device: str | None,
    as_json: bool,
) -> int:
    """Measure a run's trained network on the test set."""
    from spikegraph.backends.torch.evaluated import evaluated  # noqa: PLC0415 (imports torch)
    from spikegraph.base.progress import reporter  # noqa: PLC0415

    if validate:
        from spikegraph.backends.torch.trained import validated_run  # noqa: PLC0415 (imports torch)

        notice(f"validated deploy: {validated_run(run)}")
    progress, place = reporter(settings.color), device or best_device()
    wanted = {"stream": stream, "folding": folding, "reference": reference, "examples": examples}
    found = evaluated(run, data=data, device=place, reporter=progress, **wanted)
    statistics = energies_of(run, found) if energy else None
    if as_json:
        from spikegraph.analysis.statistics_json import statistics_object  # noqa: PLC0415 (slow to import)

        out_json(as_data(found) | ({} if statistics is None else {"energy": statistics_object(*statistics)}))
    else:
        show(found)
        if statistics is not None:
            out_text("\n" + statistics_text(*statistics))
    return int(found.folding is not None and found.folding.unexplained is not None)  # as a check that failed


def energies_of(run: Path, found: "Evaluated") -> "tuple[Statistics, list[Beside]]":
    """The statistics of the deployed form with the spikes of the standard results, and its energies by all models."""
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)
    from spikegraph.program.kept import kept  # noqa: PLC0415

    built = kept(run).program.build("deploy")
    statistics = Statistics.evaluated(built.outline, built.plain, found.standard, time=built.time_steps)
    return statistics, beside(statistics, chosen_models(ALL))


def as_data(found: "Evaluated") -> dict[str, Any]:
    """The results as JSON. Those at the top are the streamed ones with `--stream`, else the standard ones."""
    data = {"format_version": FORMAT_VERSION, "phase": "deploy", **_results(found.results)}
    data |= {"classes": by_name(found)} if found.results.classes else {}
    data |= {"confusion": confusion_by_name(found)} if found.results.confusion else {}
    if found.streamed is not None:
        data |= {"standard": _results(found.standard), "streamed": _results(found.streamed)}
    if found.folding is not None:
        neurons = {
            name: {"places": of.places, "spikes": of.spikes, "differing": of.differing}
            for name, of in found.folding.neurons.items()
        }
        unexplained = found.folding.unexplained
        data |= {"retrain": _results(found.folding.separate), "neurons": neurons, "unexplained": unexplained}
    if found.reference is not None:
        data |= {"reference": asdict(found.reference)}
    return data


def _results(found: "Evaluation") -> dict[str, Any]:
    return {"metrics": dict(found.metrics), "samples": found.samples, "seconds": found.seconds}


def by_name(found: "Evaluated") -> dict[str, dict[str, float]]:
    """The scores of each class, by its name."""
    from spikegraph.runs.confusion import class_name  # noqa: PLC0415 (slow to import)

    return {class_name(found.classes, k): dict(scores) for k, scores in found.results.classes.items()}


def confusion_by_name(found: "Evaluated") -> dict[str, dict[str, int]]:
    """How often each class was predicted for the samples of each, by their names."""
    from spikegraph.runs.confusion import class_name  # noqa: PLC0415 (slow to import)

    names = found.classes
    matrix = found.results.confusion
    return {class_name(names, true): {class_name(names, k): n for k, n in of.items()} for true, of in matrix.items()}


def show(found: "Evaluated") -> None:
    """Prints the results: a column for each measurement."""
    measured = {"value" if found.streamed is None and found.folding is None else "standard": found.standard}
    if found.streamed is not None:
        measured["streamed"] = found.streamed
    if found.folding is not None:
        measured["norms separate"] = found.folding.separate
    rows = [(name, *(number(of.metrics[name]) for of in measured.values())) for name in found.standard.metrics]
    out(table([("metric", *measured), *rows], right=range(1, len(measured) + 1)))
    if found.results.classes:
        out_text(f"\n{classes_text(by_name(found), confusion_by_name(found))}")
    if found.folding is not None:
        out_text("\n")
        out(folding_table(found.folding))
    seconds = " and ".join(f"{of.seconds:.1f} s" for of in measured.values())
    out_text(f"\n{count(found.standard.samples, 'sample')} in {seconds}\n{form_text(found)}")
    if found.streamed is not None:
        out_text(STREAMED)
    if found.reference is not None:
        out_text(reference_text(found.reference))


def reference_text(found: "Referred") -> str:
    """What the comparison with the reference has found."""
    spikes = f"{found.differing:,} of {found.spikes:,} spikes differ, by rounding alone"
    return f"reference: {count(found.samples, 'sample')}, {spikes}; the results are equal but for rounding\n"


def form_text(found: "Evaluated") -> str:
    """What was measured, and why it may differ from the form that was trained, if it may."""
    text = FORM.format(form=FOLDED if found.folds else UNFOLDED)
    folding = found.folding
    if folding is None:
        return text + (ROUNDED if found.folds and found.summarised else "\n")
    if folding.unexplained is not None:
        return f"{text}\nwrong: rounding doesn't explain how the forms differ: {folding.unexplained}; please report it\n"
    same = folding.total.differing == 0 and folding.separate.metrics == found.standard.metrics
    return text + (SAME if same else ROUNDED)


def folding_table(folding: "Folding") -> str:
    """The spikes of each layer of neurons that folding changes, and of all together."""
    rows = [
        (name, f"{of.places:,}", f"{of.spikes:,}", f"{of.differing:,}", f"{100 * of.share:.2g} %")
        for name, of in {**folding.neurons, "all": folding.total}.items()
    ]
    head = ("neurons", "places", "spikes", "differing", "share")
    return table([head, *rows], right=(1, 2, 3, 4), drop=(1, 2))
