"""`spikegraph show`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli import run_text
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out_json, out_text
from spikegraph.cli.text_table import fields
from spikegraph.cli.verdict_text import verdict_text

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord

FORMAT_VERSION = 1


@click.command("show", epilog=examples("spikegraph show runs/first"))
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="RUN")
@json_option
@common_options
def command(run: Path, as_json: bool) -> int:
    """Show a run's progress, results and command.

    Also works while the run is in progress, and after it was killed.
    """
    from spikegraph.runs.record import read_run  # noqa: PLC0415 (slow to import)

    found = read_run(run)
    if as_json:
        out_json(as_object(found))
    else:
        out_text(page(found))
    return 0


def as_object(run: "RunRecord") -> dict[str, Any]:
    """The run as JSON; manifest, phases and journal entries as in their files."""
    from spikegraph.runs import entries, folder, json_file  # noqa: PLC0415 (slow to import)

    last, results = run.last, (run.summary.search, run.summary.retrain)
    return {
        "format_version": FORMAT_VERSION,
        "run": str(run.path),
        "complete": run.complete,
        "resume": None if run.complete else run.resume_command,
        "manifest": json_file.as_object(run.manifest, folder.FORMAT_VERSION),
        "phases": {
            phase: None if result is None else json_file.as_object(result)
            for phase, result in zip(folder.PHASES, results, strict=True)
        },
        "last": dict(zip(last, entries.as_objects(last.values()), strict=True)),
        "genotype": run.genotype,
        "surrogates": {neuron: entries.as_objects(rounds) for neuron, rounds in run.rounds.items()},
        "methods": run.summary.methods(),
        "samples": None if run.summary.evaluation is None else run.summary.evaluation.samples,
        "notes": run.notes,
    }


def page(run: "RunRecord") -> str:
    """The run as text: manifest, phases, temperatures of searched surrogates, genotype, metrics."""
    manifest = run.manifest
    shown = [
        ("run", str(run.path)),
        ("state", run_text.state(run)),
        *(() if run.complete else (("continue", run.resume_command),)),
        ("spec", manifest.spec),
        ("data", manifest.data),
        ("seed", str(manifest.seed)),
        ("device", f"{manifest.device}, {manifest.precision}"),
        ("started", manifest.started),
        ("command", run_text.command_line(manifest.command, margin=10)),
        ("versions", ", ".join(f"{k} {v}" for k, v in manifest.versions.items())),
        *(("plug-in", plugin) for plugin in manifest.plugins),
        *(("forced", f"{f.time}: other {', '.join(d.what for d in f.differences)}") for f in manifest.forced),
        *(("note", note) for note in run.notes),
    ]
    genotype = None if run.genotype is None else run_text.genotype_text(run.genotype)
    parts = [fields(shown), run_text.phases(run), run_text.surrogates(run), genotype, run_text.results(run), verdict_text(run)]
    return "\n".join(part for part in parts if part)
