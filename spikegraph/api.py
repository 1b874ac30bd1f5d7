"""The functions of the package: `load` a spec, `compile` it, `load_run`; `load_plugin` adds operations and more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program import Program


def load(
    path: str | Path, *, genotype: str | Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program:
    """Reads and checks a spec; later changes of the file change nothing.

    Args:
        path: The spec; `builtin:stereo` is a bundled one.
        genotype: A genotype file, in place of the spec's own; `builtin:genotypes/stereo` is a bundled one.
        profile: A profile of the spec to apply.
        overrides: `path=value` each, applied after the profile's.

    Raises:
        SpecError: The spec is wrong; `error.diagnostics` says where and how to fix it.
    """
    from spikegraph.program import Program  # noqa: PLC0415 (importing the package stays cheap)

    return Program.read(path, genotype=genotype, profile=profile, overrides=overrides).checked()


def compile(
    spec: Program | str | Path,
    *,
    phase: Phase | None = None,
    genotype: str | Path | None = None,
    passes: str | None = None,
    bf16: bool = False,
) -> Model:
    """The PyTorch module of a spec's network, with fresh weights.

    Args:
        spec: What `load` gave, or a path.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is given, else `search`.
        genotype: A genotype file, in place of the spec's own.
        passes: A pipeline, in place of the phase's own and of what makes it faster, as `spikegraph compile --passes` takes it.
        bf16: Run convolutions in bfloat16; membranes stay in float32.

    Returns:
        A module whose forward takes and returns `[T, N, C, H, W]` tensors (`[N, C, H, W]` with the spec's `time`), with
        `.stream()` for one step at a time, `.graph`, and in a search `.genotype()`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
    """
    from spikegraph.targets import lower  # noqa: PLC0415 (importing the package stays cheap)

    program = load(spec) if isinstance(spec, str | Path) else spec
    if genotype is not None:
        program = program.with_genotype(genotype)
    built = program.build(phase, passes)
    return lower(built.graph, "torch", bf16=bf16, plain=built.plain, space=built.space)


def load_run(run: str | Path, *, phase: Literal["retrain", "deploy"] = "deploy") -> Model:
    """The trained PyTorch module of a run, with the weights in its `weights.safetensors`, in evaluation mode on the CPU.

    Args:
        run: The run's folder, as `--train` and `--out` wrote it; of a retraining that isn't finished, the newest
            weights are used, with a warning.
        phase: `deploy` folds the norms into the convolutions, as `spikegraph evaluate` does; `retrain` keeps them, to train on.

    Returns:
        A module as `compile` returns it.

    Raises:
        RunFolderError: The folder has no run, or no trained network yet; the message says how to continue it.
        CheckpointError: The weights are damaged, or belong to another network.
        PluginError: The run needs a plug-in; load it with `load_plugin`.
    """
    from spikegraph import targets  # noqa: PLC0415 (importing the package stays cheap)

    return targets.load_run(run, phase=phase)


def load_plugin(path: str | Path) -> None:
    """Loads a plug-in: a Python file that registers operations, passes and more; a file is run only once.

    Raises:
        PluginError: There is no such file, or it raised an exception.
    """
    from spikegraph import plugins  # noqa: PLC0415 (importing the package stays cheap)

    plugins.load_plugin(path)
