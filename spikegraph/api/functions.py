"""The functions of the package: `load`, `compile`, `certify`, `from_torch`, `fit`, `search`, `load_run`, `load_deployed`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from spikegraph.base.arguments import strings
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from torch import Tensor, nn

    from spikegraph.analysis.certificate import Certificate
    from spikegraph.api.places import Described, Trained
    from spikegraph.api.run import Run
    from spikegraph.backends.torch.foreign.imported import Imported
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.given import Pairs
    from spikegraph.passes.phase_pipelines import Phase
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
    from spikegraph.api.places import path_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.program.kept import is_kept  # noqa: PLC0415

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


def compile(
    spec: Program | str | Path,
    *,
    phase: Phase | None = None,
    genotype: str | Path | None = None,
    passes: str | None = None,
    bf16: bool = False,
    weights: str | Path | None = None,
) -> Model:
    """The PyTorch module of a spec's network, with fresh weights, or with those of a file.

    Args:
        spec: What `load` gave, or a path.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is given or nothing is searched.
        genotype: A genotype file, in place of the spec's own.
        passes: A pipeline, in place of the phase's own and of what makes it faster, as `spikegraph compile --passes` takes it.
        bf16: Run convolutions in bfloat16; membranes stay in float32.
        weights: A `weights.safetensors`, of a run or of `from_torch(...).save(DIR)`; the phase is then `retrain`, the default,
            or `deploy`, and the module is in evaluation mode; with weights in float64 it is in float64 too.

    Returns:
        A module whose forward takes and returns `[T, N, C, H, W]` tensors (`[N, C, H, W]` with the spec's `time`), with
        `.stream()` for one step at a time, `.graph`, and in a search `.genotype()`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
        CheckpointError: The weights are damaged, or belong to another network.
        ArgumentError: There is no such phase, or weights were given for a search or a pipeline of one's own.
    """
    from spikegraph.base.arguments import one_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.passes.phase_pipelines import Phase  # noqa: PLC0415
    from spikegraph.plugins.targets import compile_with, lower, origin  # noqa: PLC0415

    if phase is not None:
        one_of("phase", phase, get_args(Phase))
    program = load_spec(spec) if isinstance(spec, str | Path) else spec
    if genotype is not None:
        program = program.with_genotype(genotype)
    if weights is not None:
        if phase == "search" or passes is not None:
            raise ArgumentError("`weights` are those of the phases `retrain` and `deploy`, with their own passes")
        with naming_plugins():
            return compile_with(program, weights=Path(weights), phase=phase, bf16=bf16)
    with naming_plugins():
        built = program.build(phase, passes)
        model: Model = lower(built.graph, "torch", bf16=bf16, plain=built.plain, space=built.space)
        model.origin = origin(program, built.phase if passes is None else None)
        return model


def certify(spec: Described, *, genotype: str | Path | None = None) -> Certificate:
    """What the layers of a deployed network take: spikes and counts, or where not and why.

    Args:
        spec: What `load` gave, a run, a model, an imported one, or the path of one of them.
        genotype: A genotype file, in place of the network's own.

    Returns:
        The certificate; `.holds` if the network computes with spikes alone, otherwise `.places` has each place with its line.
        `.largest_count`, `.neurons` and `.trusted` say what it rests on.

    Raises:
        SpecError: The spec is wrong, or needs a genotype.
    """
    from spikegraph.analysis import certificate  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.api.places import program_of  # noqa: PLC0415

    with naming_plugins():
        return certificate.certify(program_of(spec, genotype).build("deploy").plain)


def search(
    spec: Program | str | Path,
    *,
    method: str | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
) -> str:
    """Runs the search of a spec.

    Args:
        spec: What `load` gave, or a path.
        method: A search method as a spec writes it, such as `evolution(50)`, in place of the spec's own.
        data: The data folder; without it the spec's profile `sample` is used, if it isn't built-in data.
        out: The run folder; by default `runs/SPEC-TIME`. `spikegraph compile SPEC --train --resume --out RUN` retrains
            what the search found.
        seed: The run's seed.
        device: The device, as torch names it.
        resume: Go on with the search in `out`.

    Returns:
        The genotype as the text of a file; `Program.bind(text)` takes it.

    Raises:
        SpecError: The spec is wrong.
        DataError: The data set is missing or damaged.
        TrainError: The spec has no search, or the training diverged.
        ArgumentError: There is no such device or seed.
    """
    from spikegraph.plugins import targets  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.program.run_settings import Settings  # noqa: PLC0415

    program = load_spec(spec) if isinstance(spec, str | Path) else spec
    if method is not None:
        program = program.with_overrides((*program.overrides, f"search.method={method}"))
    settings = Settings(seed, device, resume=resume)
    folder, where = (None if path is None else Path(path) for path in (data, out))
    with naming_plugins():
        return targets.search(program, settings=settings, data=folder, out=where)


def from_torch(
    module: nn.Module,
    example: Tensor | Sequence[Tensor],
    *,
    steps: int = 4,
    name: str | None = None,
    kind: Literal["real", "spike", "events"] = "real",
    multi_step: bool | None = None,
    approximate: bool = False,
) -> Imported:
    """Writes a module of PyTorch, SpikingJelly, snnTorch or norse as a spec, and takes its weights over.

    The spec's network and the module are compared in float64, in evaluation and, if the module is in training mode, in
    training too: results, the results of all neurons, the gradients of all weights, and the norms' statistics. A difference
    of more than 1e-10 is an error.

    Args:
        module: The module, at the start of a sequence; it is copied, not changed.
        example: Its inputs: all time steps [T, N, C, ...] of a multi-step model, otherwise one step [N, C, ...].
        steps: Time steps over which a module of one step is compared.
        name: The name of the network; by default that of the module's class.
        kind: The kind of the inputs.
        multi_step: Whether the module takes all time steps at once; by default whether SpikingJelly's `step_mode` says so.
        approximate: Take over what the language has no equal of, where only gradients or training differ; `.changed` says what.

    Returns:
        What was made: `.spec` is the text, `.weights` are the tensors by the names of the spec's network, `.model()` is the
        network with them, and `.save(DIR)` writes spec and weights.

    Raises:
        ForeignError: A part of the module can't be written in the language, or something differs.
        ArgumentError: There is no such kind, or the name is none of the language.
    """
    from spikegraph.plugins import targets  # noqa: PLC0415 (importing the package stays cheap)

    with naming_plugins():
        return targets.from_torch(
            module, example=example, steps=steps, name=name, kind=kind, multi_step=multi_step, approximate=approximate
        )


def fit(
    spec: Program | Trained,
    *,
    train: Pairs | None = None,
    test: Pairs | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    resume: bool = False,
    overrides: Sequence[str] = (),
    weights: Trained | None = None,
    take: str | Sequence[str] = (),
    freeze: str | Sequence[str] = (),
) -> Run:
    """Trains a spec as `spikegraph compile --train` does: searches, retrains, evaluates. Of a model, trains its weights on.

    Args:
        spec: What `load` gave, or a path; or a run, a model or an imported one, whose weights the retraining starts from. If
            its spec has no `retrain`, samples in Python are trained on for 10 epochs in batches of 32 by Adam with a learning
            rate of 0.001, which `overrides` change.
        train: The training set, such as a `torch.utils.data.Dataset`, of a spec whose data set has `source = python`,
            `python_steps` or `python_events`; by default the data are those that the spec names. Its items are an image
            [C, H, W], floating-point or uint8 (which is divided by 255), and its class, counted from 0. With `python_steps`
            they are a sample [T, C, H, W] and its class; with `python_events` an array of events with the fields x, y, t
            (microseconds) and p, as tonic's, which the spec's `encoding` encodes. `augment` of the spec follows.
        test: The test set.
        data: The data folder; without it the spec's profile `sample` is used, if there are no data where the spec says.
        out: The run folder; by default `runs/SPEC-TIME`.
        seed: The run's seed.
        device: The device, as torch names it.
        resume: Go on with the run in `out`.
        overrides: `path=value` each, such as `retrain.epochs=3`.
        weights: Weights to start the retraining from, by name and shape: a run, a model, an imported one, a folder with
            `weights.safetensors`, or a file of safetensors. What isn't taken begins fresh; `weights` in the run's
            `summary.json` lists both.
        take: Only these are taken: a part such as `stem`, a pattern of names such as `stage0*`, or a list of them.
        freeze: These are not trained, and norms among them keep their statistics.

    Returns:
        The run, which is a path too: `.metrics`, `.history`, `.model()`.

    Raises:
        SpecError: The spec is wrong.
        DataError: A sample has another form, the spec's data set isn't given in Python, or the data are missing.
        TrainError: The spec has no `retrain`, nothing of the weights fits, or the training diverged.
        ArgumentError: There is no such device or seed; or only one of the two sets is given, or weights beside a model.
    """
    from spikegraph.api.places import path_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.api.run import Run  # noqa: PLC0415
    from spikegraph.api.starts import content_of, start_of  # noqa: PLC0415
    from spikegraph.plugins import targets  # noqa: PLC0415
    from spikegraph.program.run_settings import Settings  # noqa: PLC0415
    from spikegraph.program.weight_source import with_patterns  # noqa: PLC0415

    if (train is None) != (test is None):
        raise ArgumentError(
            f"`{'test' if test is None else 'train'}` is missing; give both sets, or none for the spec's own data"
        )
    with naming_plugins():
        program, start = start_of(spec, given=train is not None)
        if start is not None and weights is not None:
            raise ArgumentError("`weights` beside a model, which has its own; give its spec with other weights")
        if overrides:
            program = program.with_overrides((*program.overrides, *strings("overrides", overrides, "PATH=VALUE")))
        program = with_patterns(program, take, freeze)
        where, folder = (None if path is None else Path(path) for path in (out, data))
        source = path_of(weights) if isinstance(weights, Run | str | Path) else None
        start = content_of(weights) if weights is not None and source is None else start
        settings = Settings(seed, device, resume=resume, weights=source, start=start)
        pairs = None if train is None or test is None else (train, test)
        made, _ = targets.fit(program, settings=settings, out=where, data=folder, sample=pairs is None, given=pairs)
    return Run(made)


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
    from spikegraph.api.places import path_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.plugins import targets  # noqa: PLC0415

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


def load_plugin(path: str | Path) -> None:
    """Loads a plug-in: a Python file that registers operations, passes and more; a file is run only once.

    Raises:
        PluginError: There is no such file, or it raised an exception.
    """
    from spikegraph.plugins import local_files  # noqa: PLC0415 (importing the package stays cheap)

    local_files.load_plugin(path)
