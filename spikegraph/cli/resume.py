"""The run that `--resume` continues: its folder has the spec and the options; what is given besides is compared with them."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.base.errors import PluginError, RunFolderError

if TYPE_CHECKING:
    from spikegraph.cli.run_options import RunOptions
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.program.program import Program
    from spikegraph.runs.record import RunRecord


def resumed(run: "RunRecord", spec: Path | None, options: "SpecOptions", given: "RunOptions") -> "tuple[Program, RunOptions]":
    """The program and the options of a run; what is given takes the place of the run's, and is compared before it is used.

    Args:
        run: The run.
        spec: The spec on the command line.
        options: The options on the command line that belong to the spec.
        given: The other options on the command line.

    Raises:
        RunFolderError: Another profile is given without the spec, or the run's data folder or the weights that it started from
            aren't there any more.
        PluginError: A plug-in of the run isn't there any more.
        SpecError: The run's spec, or what is given, has errors.
    """
    from spikegraph.runs.source_file import source_of  # noqa: PLC0415 (only for runs)

    manifest = run.manifest
    require_plugins(run)
    return _program(run, spec, options), replace(
        given,
        data=data_of(run, given.data),
        seed=manifest.seed if given.seed is None else given.seed,
        precision=given.precision or manifest.precision,
        device=given.device or device_of(run),
        deterministic=given.deterministic or manifest.deterministic,
        checkpoint_every=manifest.checkpoint_every if given.checkpoint_every is None else given.checkpoint_every,
        sync_norm=given.sync_norm or manifest.sync_norm,
        cuda_graph=given.cuda_graph or manifest.cuda_graph,
        weights=source_of(run, given.weights),
    )


def device_of(run: "RunRecord") -> str:
    """The name of a run's device, without its model."""
    return run.manifest.device.partition(" ")[0]


def data_of(run: "RunRecord", given: Path | None) -> Path | None:
    """The data folder: the given one, or the run's.

    Raises:
        RunFolderError: The run's isn't there any more.
    """
    held = run.data_folder
    if given is None and held is not None and not held.exists():
        raise RunFolderError(f"the run's data folder {held} isn't there any more", "give its new place with --data DIR")
    return given or held


def require_plugins(run: "RunRecord") -> None:
    """Checks that the run's plug-ins are given: what a folder names is never run by itself, as the folder may be anybody's.

    Raises:
        PluginError: One isn't given, or isn't there any more.
    """
    from spikegraph.plugins.local_files import not_loaded  # noqa: PLC0415 (only for runs)

    for plugin in not_loaded(run.manifest.plugins, run.manifest.directory):
        path = Path(run.manifest.directory, plugin)
        if not path.is_file():
            raise PluginError(f"the run's plug-in {path} isn't there any more", "give its new place with --plugin FILE.py")
        raise PluginError(f"the run needs the plug-in {path}, which is a program", f"if you trust it, add --plugin {path}")
    run.check_plugins()


def _program(run: "RunRecord", spec: Path | None, options: "SpecOptions") -> "Program":
    from spikegraph.dsl.equality import same_text  # noqa: PLC0415 (slow to import)
    from spikegraph.program.program import Program  # noqa: PLC0415
    from spikegraph.program.resolved_text import read_resolved  # noqa: PLC0415
    from spikegraph.program.run_program import started_program  # noqa: PLC0415

    manifest, program = run.manifest, started_program(run)
    if spec is None and options.profile not in (None, manifest.profile):
        held = f"the run has {manifest.profile or 'none'}"
        raise RunFolderError(
            f"{run.path} can't be resumed with --profile {options.profile}: {held}, and its folder has only that one's values",
            "leave out --profile, or give the SPEC too",
        )
    genotype = None if manifest.genotype_sha256 is None else run.folder.genotype
    if spec is not None:
        profile, overrides = options.profile or manifest.profile, options.overrides or manifest.overrides
        program = Program.read(spec, genotype=genotype, profile=profile, overrides=overrides)
    elif options.overrides:
        changed = read_resolved(
            run.folder.resolved, genotype=program.genotype and run.folder.genotype, overrides=options.overrides
        )
        program = replace(changed, source=replace(changed.source, name=program.name))
    if options.genotype is None:
        return program
    given = program.with_genotype(options.genotype).checked()
    # A run that has searched was started without a genotype; the one that it found is no other one.
    held = program.genotype_text or run.genotype
    return program if held is not None and same_text(held, given.genotype_text or "") else given
