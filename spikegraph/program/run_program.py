"""The spec of a run, from its folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spikegraph.base.errors import RunFolderError
from spikegraph.program.program import Program
from spikegraph.program.resolved_text import read_resolved
from spikegraph.program.training_data import trained_on
from spikegraph.runs.own_files import RESTORE
from spikegraph.runs.record import RunRecord


def run_program(
    run: RunRecord, *, genotype: Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program:
    """The spec of a run with its genotype, if it has one yet; a given genotype takes its place.

    Raises:
        PluginError: The spec needs a plug-in that isn't loaded.
        RunFolderError: The folder has no spec any more.
    """
    run.check_plugins()
    if not run.folder.resolved.exists():
        raise RunFolderError("there is no such file", RESTORE, path=run.folder.resolved)
    if genotype is None and run.folder.genotype.exists():
        genotype = run.folder.genotype
    program = read_resolved(run.folder.resolved, genotype=genotype, profile=profile, overrides=overrides)
    return trained_on(program, run.data_folder)


def started_program(run: RunRecord) -> Program:
    """The spec that a run was started with, under the name that it had; a genotype only if one was given."""
    given = run.folder.genotype if run.manifest.genotype_sha256 is not None else None
    program = read_resolved(run.folder.resolved, genotype=given)
    return replace(program, source=replace(program.source, name=run.manifest.spec))
