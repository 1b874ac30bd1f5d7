"""Reads specs, trained networks and plug-ins: `load`, `load_run`, `load_deployed`, `load_plugin`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spikegraph.api.run import Run, path_of
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program


def load(
    path: str | Path | Run, *, genotype: str | Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program | Any:
    """Reads and checks a spec; later changes of the file change nothing. Of a trained network, the model.

    Args:
        path: The spec; `builtin:stereo` is a bundled one. Or a folder that `package`, `Model.save` or a training wrote, or a
            deployed file, which gives the deployed model, as `load_run` does.
        genotype: A genotype file, in place of the spec's own; `builtin:genotypes/stereo` is a bundled one.
        profile: A profile of the spec to apply.
        overrides: `path=value` each, applied after the profile's.

    Returns:
        The spec, which `compile`, `fit` and the others take; or the model.

    Raises:
        SpecError: The spec is wrong; `error.diagnostics` says where and how to fix it.
        ArgumentError: `overrides` isn't a list of strings, or something is to be changed in a trained network.
        UserError: The trained network can't be read.
    """
    from spikegraph.base.resources import is_kept  # noqa: PLC0415 (importing the package stays cheap)

    place = path_of(path)
    if not is_kept(place):
        return load_spec(place, genotype=genotype, profile=profile, overrides=overrides)
    if genotype is not None or profile is not None or overrides:
        raise ArgumentError(f"{place} has a trained network, whose spec doesn't change", "load its spec, and train that")
    return load_run(place)


def load_spec(
    path: str | Path, *, genotype: str | Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program:
    """Reads and checks a spec; as `load`."""
    from spikegraph.program.program import Program  # noqa: PLC0415 (importing the package stays cheap)

    with naming_plugins():
        return Program.read(path, genotype=genotype, profile=profile, overrides=overrides).checked()


def load_run(run: Run | str | Path, *, phase: Literal["retrain", "deploy"] = "deploy") -> Model:
    """The trained PyTorch module of a run, with the weights in its `weights.safetensors`, in evaluation mode on the CPU.

    Args:
        run: The run, or its folder, as `--train` and `--out` wrote it; of a retraining that isn't finished, the newest
            weights are used, with a warning. Or a folder that `Model.save`, `from_torch(...).save` or `package` wrote, or a
            deployed file, which has the phase `deploy` alone.
        phase: `deploy` folds the norms into the convolutions, as `spikegraph evaluate` does; `retrain` keeps them, to train on.

    Returns:
        A module as `compile` returns it.

    Raises:
        RunFolderError: The folder has no run, or no trained network yet; the message says how to continue it.
        CheckpointError: The weights are damaged, or belong to another network.
        DataError: A file isn't the one that was saved, or is no deployed network.
        ArgumentError: There is no such phase.
        PluginError: The run needs a plug-in; load it with `load_plugin`.
    """
    from spikegraph.plugins import targets  # noqa: PLC0415 (importing the package stays cheap)

    with naming_plugins():
        return targets.load_run(path_of(run), phase=phase)


def load_deployed(path: str | Path) -> Model:
    """The PyTorch module of a file that `spikegraph export RUN --to safetensors` wrote, in evaluation mode on the CPU.

    Args:
        path: The file; it has the deployed graph and its weights, and needs neither the run nor the spec.

    Returns:
        A module as `compile` returns it.

    Raises:
        DataError: The file is missing, damaged, or of another kind or version.
    """
    from spikegraph.plugins import targets  # noqa: PLC0415 (importing the package stays cheap)

    return targets.load_deployed(Path(path))


def spec_of(spec: Program | str | Path, overrides: Sequence[str] = ()) -> Program:
    """What `load` gave, or the spec at a path; with overrides, `path=value` each, behind its own.

    Raises:
        SpecError: The spec is wrong.
        ArgumentError: It is something else, such as a run or a model.
    """
    from spikegraph.program.program import Program  # noqa: PLC0415 (importing the package stays cheap)

    if isinstance(spec, Program):
        return spec.with_overrides((*spec.overrides, *overrides)).checked() if overrides else spec
    if isinstance(spec, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance]
        return load_spec(spec, overrides=overrides)
    help = "that of a run is `run.spec`, that of an imported network `imported.program`; `spikegraph.load` reads one"
    raise ArgumentError(f"a `{type(spec).__name__}` is neither a spec nor the path of one", help)


def load_plugin(path: str | Path) -> None:
    """Loads a plug-in: a Python file that registers operations, passes and more; a file is run only once.

    One that raises an exception at a first use, inside `@when_used`, can be loaded anew; until then each use raises it again.

    Raises:
        PluginError: There is no such file, it has changed since it was loaded, or it raised an exception.
    """
    from spikegraph.plugins import local_files  # noqa: PLC0415 (importing the package stays cheap)

    local_files.load_plugin(path)
