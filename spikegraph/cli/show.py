"""`spikegraph show`."""

import shlex
from pathlib import Path

import click

from spikegraph.cli.runs import Run, held
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out, out_json
from spikegraph.cli.tables import fields

FORMAT_VERSION = 1


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="RUN")
@json_option
@common_options
def command(run: Path, as_json: bool) -> int:
    """Show a run: how far it has come, and what came out.

    Also what it was started with. The run may still be going, or have been killed.
    """
    found = Run.read(run)
    if as_json:
        out_json(
            {
                "format_version": FORMAT_VERSION,
                "run": str(run),
                "complete": found.complete,
                "manifest": found.manifest,
                "phases": {p: found.summary.get(p) for p in ("search", "retrain")},
                "last": found.last,
                "genotype": found.genotype,
                "surrogates": found.rounds,
                "methods": found.methods(),
                "samples": found.evaluation.get("samples"),
                "notes": found.notes,
            }
        )
    else:
        out(page(found))
    return 0


def page(run: Run) -> str:
    """The run for people: manifest, phases, temperatures of searched surrogates, genotype, metrics."""
    manifest = run.manifest
    shown = [
        ("run", str(run.path)),
        ("state", run.state()),
        ("spec", str(manifest.get("spec", "unknown"))),
        ("data", str(manifest.get("data", "unknown"))),
        ("seed", str(manifest.get("seed", "unknown"))),
        ("device", f"{manifest.get('device', 'unknown')}, {manifest.get('precision', 'unknown')}"),
        ("started", str(manifest.get("started", "unknown"))),
        ("command", shlex.join(map(str, manifest.get("command", ())))),
        ("versions", ", ".join(f"{k} {v}" for k, v in held(manifest, "versions").items())),
    ]
    parts = [fields([*shown, *(("note", note) for note in run.notes)]), run.phases()]
    if run.rounds:
        parts.append(run.surrogates())
    if run.genotype is not None:
        parts.append(run.genotype)
    parts.append(run.results())
    return "\n".join(parts)
