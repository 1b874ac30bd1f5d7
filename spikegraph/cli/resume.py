"""The run that `--resume` continues: its folder has the spec and the options, and what is given must agree."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.cli.streams import notice
from spikegraph.errors import PluginError, RunFolderError

if TYPE_CHECKING:
    from spikegraph.cli.run_options import RunOptions
    from spikegraph.cli.spec_options import SpecOptions
    from spikegraph.program import Program
    from spikegraph.runs.record import RunRecord


def resumed(run: "RunRecord", spec: Path | None, options: "SpecOptions", given: "RunOptions") -> "tuple[Program, RunOptions]":
    """The program and the options of a run.

    Args:
        run: The run.
        spec: The spec on the command line.
        options: The options on the command line that belong to the spec.
        given: The other options on the command line.

    Raises:
        RunFolderError: What is given differs from what the run was started with.
        PluginError: A plug-in of the run isn't there any more.
        SpecError: The run's spec, or what is given, has errors.
    """
    manifest = run.manifest
    for option, now, there in (
        ("--profile", options.profile, manifest.profile),
        ("--seed", given.seed, manifest.seed),
        ("--precision", given.precision, manifest.precision),
    ):
        if now not in (None, there):
            raise differs(run, f"{option} {now}", f"the run has {there if there is not None else 'none'}")
    _require_plugins(run)
    program = _program(run, spec, options)
    device = given.device or manifest.device.partition(" ")[0]
    if given.device not in (None, manifest.device.partition(" ")[0]):
        notice(f"note: the run was on {manifest.device}; on {given.device} its numbers are rounded differently")
    return program, replace(
        given,
        data=_data(run, given.data),
        seed=manifest.seed,
        precision=manifest.precision,
        device=device,
        tensorboard=given.tensorboard or run.folder.tensorboard.exists(),
    )


def differs(run: "RunRecord", what: str, why: str) -> RunFolderError:
    """The error for an option that doesn't agree with the run."""
    option = what.partition(" ")[0]
    help = f"leave out {option}: the run's folder has it; or choose another folder with --out"
    return RunFolderError(f"{run.path} can't be resumed with {what}: {why}", help)


def _program(run: "RunRecord", spec: Path | None, options: "SpecOptions") -> "Program":
    from spikegraph.program import Program  # noqa: PLC0415 (slow to import)
    from spikegraph.run_program import started_program  # noqa: PLC0415

    program, folder = started_program(run), run.folder
    text = program.text
    if options.overrides and Program.read(folder.resolved, overrides=options.overrides).text != text:
        raise differs(run, f"--set {' '.join(options.overrides)}", "the run has other values")
    if options.genotype is not None:
        given = program.with_genotype(options.genotype).checked()
        if given.genotype_text != (program.genotype_text or run.genotype):
            raise differs(run, f"--genotype {options.genotype}", "the run has another one")
    if spec is not None:
        genotype = None if run.manifest.genotype_sha256 is None else folder.genotype
        manifest = run.manifest
        given = Program.read(spec, genotype=genotype, profile=manifest.profile, overrides=manifest.overrides)
        if given.text != text:
            raise differs(run, f"SPEC {spec}", f"the run was started with another spec, {manifest.spec}")
    return program


def _data(run: "RunRecord", given: Path | None) -> Path | None:
    """The data folder: the run's, or the given one if the run's was moved."""
    held = run.data_folder
    if given is not None and (held is None or (held.exists() and held.resolve() != given.resolve())):
        raise differs(run, f"--data {given}", f"the run uses {held or 'data of the package'}")
    if given is None and held is not None and not held.exists():
        raise RunFolderError(f"the run's data folder {held} isn't there any more", "give its new place with --data DIR")
    return given or held


def _require_plugins(run: "RunRecord") -> None:
    """Checks that the run's plug-ins are given: what a folder names is never run by itself, as the folder may be anybody's."""
    from spikegraph.plugins import is_loaded  # noqa: PLC0415 (only for runs)

    for plugin in run.manifest.plugins:
        if plugin.endswith(".py") and not is_loaded(plugin):
            path = Path(run.manifest.directory, plugin)
            if not path.is_file():
                raise PluginError(f"the run's plug-in {path} isn't there any more", "give its new place with --plugin FILE.py")
            raise PluginError(f"the run needs the plug-in {path}, which is a program", f"if you trust it, add --plugin {path}")
    run.check_plugins()
