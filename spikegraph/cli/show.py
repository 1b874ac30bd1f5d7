"""`spikegraph show`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.terminal import command_line
from spikegraph.cli import run_text
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import given_runs, one_run
from spikegraph.cli.search_text import candidates, controls, front, margins
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import notice, out_json, out_text
from spikegraph.cli.text_table import fields

if TYPE_CHECKING:
    from spikegraph.overview.listed import Listed
    from spikegraph.runs.record import RunRecord
    from spikegraph.runs.state import State

FORMAT_VERSION = 1


@click.command("show", epilog=examples("spikegraph show runs/first", "spikegraph show runs/sweep"))
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="RUN|DIR..."
)
@json_option
@common_options
def command(runs: tuple[Path, ...], as_json: bool) -> int:
    """Show a run's progress, results and command, or compare several runs.

    Several runs, or a folder that holds runs: their states, mean and standard deviation of each metric by the settings that
    differ, the best one by its validation, and how far their genotypes agree. Also works while runs are in progress.
    """
    one = one_run(runs)
    if one is None:
        return _compare(given_runs(runs), as_json)
    from spikegraph.runs.state import read_state  # noqa: PLC0415 (slow to import)

    found, state = read_state(one)
    if as_json:
        out_json(as_object(found, state))
    else:
        out_text(page(found, state))
    return 0


def _compare(runs: "Sequence[Listed]", as_json: bool) -> int:
    from spikegraph.cli.overview_text import comparison_text  # noqa: PLC0415
    from spikegraph.overview.as_json import comparison_data  # noqa: PLC0415 (slow to import)
    from spikegraph.overview.comparison import compare  # noqa: PLC0415
    from spikegraph.overview.genotypes import agreements  # noqa: PLC0415

    comparison = compare(runs)
    agreeing = agreements(runs, lambda text: notice(f"warning: not compared: {text}"))
    if as_json:
        out_json(comparison_data(comparison, agreeing))
    else:
        out_text(comparison_text(comparison, agreeing))
    return 0


def as_object(run: "RunRecord", state: "State") -> dict[str, Any]:
    """The run as JSON; manifest, phases and journal entries as in their files."""
    from spikegraph.runs import entries, folder, json_file, trial  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.front import read_front  # noqa: PLC0415

    last, results = run.last, (run.summary.search, run.summary.retrain)
    return {
        "format_version": FORMAT_VERSION,
        "run": str(run.path),
        "complete": run.complete,
        "state": state.name,
        "reason": state.reason or None,
        "owner": None if state.owner is None else asdict(state.owner),
        "resume": None if run.complete else run.resume_command,
        "manifest": json_file.as_object(run.manifest, folder.FORMAT_VERSION),
        "phases": {
            phase: None if result is None else json_file.as_object(result)
            for phase, result in zip(folder.PHASES, results, strict=True)
        },
        "last": dict(zip(last, entries.as_objects(last.values()), strict=True)),
        "genotype": run.genotype,
        "weights": None if run.summary.weights is None else json_file.as_object(run.summary.weights),
        "margins": dict(run.summary.margins),
        "search_trainings": run.summary.search_cost,
        "cost": None if run.summary.cost is None else json_file.as_object(run.summary.cost),
        "front": [json_file.as_object(point) for point in read_front(run.folder)],
        "candidates": [json_file.as_object(each) for each in trial.read_trials(run.folder)],
        "controls": None if run.summary.controls is None else json_file.as_object(run.summary.controls),
        "surrogates": {neuron: entries.as_objects(rounds) for neuron, rounds in run.rounds.items()},
        "methods": run.summary.methods(),
        "samples": None if run.summary.evaluation is None else run.summary.evaluation.samples,
        "notes": run.notes,
    }


def _weights(run: "RunRecord") -> list[str]:
    """What the run took of other weights, as one line; none if it started from none."""
    source, found = run.manifest.weights_from, run.summary.weights
    if source is None:
        return []
    names = "" if found is None else f": {len(found.taken)} tensors taken, {len(found.left)} left"
    return [f"from {source}{names}"]


def page(run: "RunRecord", state: "State") -> str:
    """The run as text: manifest, phases, temperatures of searched surrogates, genotype, metrics."""
    from spikegraph.analysis.verdict_text import verdict_text  # noqa: PLC0415 (slow to import)
    from spikegraph.program.search_cost import trainings  # noqa: PLC0415

    manifest = run.manifest
    shown = [
        ("run", str(run.path)),
        ("state", run_text.state(run, state)),
        *(() if run.complete else (("continue", run.resume_command),)),
        ("spec", manifest.spec),
        ("data", manifest.data),
        ("seed", str(manifest.seed)),
        ("device", f"{manifest.device}, {manifest.precision}"),
        ("started", manifest.started),
        *(("weights", text) for text in _weights(run)),
        ("command", command_line(manifest.command, margin=10)),
        ("versions", ", ".join(f"{k} {v}" for k, v in manifest.versions.items())),
        *(("plug-in", plugin) for plugin in manifest.plugins),
        *(("forced", f"{f.time}: other {', '.join(d.what for d in f.differences)}") for f in manifest.forced),
        *(("search cost", trainings(cost)) for cost in (run.summary.search_cost,) if cost is not None),
        *(("note", note) for note in run.notes),
    ]
    genotype = None if run.genotype is None else run_text.genotype_text(run.genotype)
    before = [
        fields(shown),
        run_text.phases(run),
        candidates(run),
        front(run),
        run_text.surrogates(run),
        genotype,
        margins(run),
    ]
    return "\n".join(part for part in (*before, run_text.results(run), controls(run), verdict_text(run)) if part)
