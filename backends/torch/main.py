"""The main job: a spec's whole run, and the evaluation of one."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph import driver
from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.datasets.declared import BUILT_IN, baselines, data_sets
from spikegraph.backends.torch.datasets.image import ImageSets
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.evaluate import Evaluation, evaluate
from spikegraph.backends.torch.train.examples import gather
from spikegraph.backends.torch.train.job import Job, Phase, Precision
from spikegraph.backends.torch.train.progress import reporter
from spikegraph.backends.torch.train.run import train
from spikegraph.backends.torch.train.summary import Summary
from spikegraph.dsl.build.values import count
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.spec import Run
from spikegraph.dsl.write import format_genotypes
from spikegraph.elaborate.written import written
from spikegraph.errors import DataError, TrainError
from spikegraph.genotype.searched import decode_architecture, skip_warnings
from spikegraph.passes.fold_norm import FoldNorm
from spikegraph.passes.prune import Prune
from spikegraph.runs.examples import write_examples
from spikegraph.runs.folder import RunFolder

SAMPLE = "sample"
"""The profile that is taken where the data set isn't at hand."""


def train_spec(
    path: Path,
    options: driver.Options,
    *,
    data: Path | None = None,
    download: bool = False,
    out: Path | None = None,
    seed: int = 0,
    resume: bool = False,
    device: str = "cpu",
    precision: Precision = "fp32",
    tensorboard: bool = False,
    command: Sequence[str] = (),
) -> tuple[Path, Summary]:
    """Does what the spec says: search and decode where it has a search and no genotype, retrain, evaluate.

    Args:
        path: The spec.
        options: How it is built; its `phase` and `passes` are of no meaning here.
        data: The folder of the data set. Without it the spec's profile `sample` is taken, and it is said.
        download: Whether images that aren't in `data` may be fetched into it.
        out: The run's folder; by default `runs/SPEC-TIME`.
        seed: Fixes everything.
        resume: Go on with the run in `out`.
        device: As torch names it.
        precision: `bf16` runs the convolutions in bfloat16.
        tensorboard: Write the numbers for TensorBoard too.
        command: The command line, for the manifest.

    Returns:
        The run's folder and its summary.

    Raises:
        SpecError: The spec is wrong.
        DataError: The data set is missing or unsound.
        TrainError: The spec has nothing to train, the folder holds another run, or the training diverged.
        Interrupted: The run was asked to end; it is saved, and `resume` goes on.
    """
    keep_buffers()
    tell = reporter()
    resolved, options, note = _at_hand(path, options, data)
    spec = resolved.spec
    if spec.retrain is None:
        raise TrainError(f"{path} has no `retrain NETWORK on DATASET`", "write what is to be trained")
    _check(resolved, options)
    if note:
        tell.say(note)
    if device == "cpu" and (why := missing()) is not None:
        tell.say(f"note: {why}; neurons run as operations of torch, which takes longer")
    folder = RunFolder(out if out is not None else _new_folder(path))
    given = format_genotypes(tuple(spec.genotypes.values()), tuple(spec.paths.values()), None) if spec.genotypes else None
    search = None if given is not None else spec.search
    bf16 = precision == "bf16"
    space = driver.finish(resolved, replace(options, phase="search")).space if search is not None else None

    def build_retrain(_: str | None) -> Model:
        bound = replace(options, phase="retrain", genotype=folder.genotype if folder.genotype.exists() else None)
        return lower(driver.build(path, bound).graph, bf16=bf16)

    def warnings(values: dict[str, NDArray[np.float64]]) -> list[str]:
        assert space is not None
        return skip_warnings(space, {k: v.tolist() for k, v in values.items()})

    def decode(values: dict[str, NDArray[np.float64]]) -> str:
        assert space is not None
        comment = [f"Searched by {path.name}, seed {seed}.", *(f"Warning: {line}" for line in warnings(values))]
        return decode_architecture(space, {k: v.tolist() for k, v in values.items()}, "\n".join(comment))

    sets = data_sets(spec.datasets[spec.retrain.dataset], data, seed, download=download)
    searched = None
    if search is not None and search.dataset != spec.retrain.dataset:
        searched = data_sets(spec.datasets[search.dataset], data, seed, download=download)
    job = Job(
        folder=folder.path,
        spec_path=str(path),
        spec_text=path.read_text(encoding="utf-8"),
        resolved=print_file(written(resolved)),
        search=None if search is None else Phase(search, lambda: _supernet(resolved, options, bf16), searched),
        retrain=Phase(spec.retrain, build_retrain),
        decode=decode,
        warnings=warnings,
        genotype=given,
        data=sets,
        baselines=lambda: baselines(sets),
        command=command,
        seed=seed,
        device=device,
        precision=precision,
        resume=resume,
        tensorboard=tensorboard,
        reporter=tell,
    )
    return folder.path, train(job)


def evaluate_run(
    run: Path,
    *,
    data: Path | None = None,
    stream: bool = False,
    folded: bool = True,
    device: str = "cpu",
    examples: bool = False,
) -> Evaluation:
    """Measures a run's trained network on the test part of its data set, norms folded as in deployment.

    Args:
        run: The run's folder.
        data: The folder of the data set; none is needed for the built-in sample.
        stream: Feed the recordings one stack at a time.
        folded: Whether the deployed form is measured, or the retrained one.
        device: As torch names it.
        examples: Whether a few predictions are kept in the run's folder, as the training's own evaluation does.

    Raises:
        SpecError, DataError, TrainError: The folder, the data or the network are unsound.
    """
    keep_buffers()
    folder = RunFolder(run)
    manifest = folder.read_manifest()
    model, declared = trained_model(folder, "deploy" if folded else "retrain", bf16=manifest["precision"] == "bf16")
    spec = driver.load(folder.resolved, driver.Options()).spec
    sets = data_sets(spec.datasets[declared.dataset], data, manifest["seed"])
    tell = reporter()
    tell.say(f"data: {sets.source}")
    for line in sets.notes:
        tell.say(f"note: {line}")
    model = model.to(device_of(device))
    tell.start("test", len(sets.test))
    try:
        found = evaluate(
            model,
            sets.test,
            count(declared.options["batch"]) if isinstance(sets, ImageSets) else 1,
            stream=stream,
            firing_rates=True,
            on_progress=lambda done, _: tell.advance(done),
        )
    finally:
        tell.stop()
    if examples:
        write_examples(folder.examples, gather(model, sets.test))
    return found


def trained_model(folder: RunFolder, phase: Literal["retrain", "deploy"], *, bf16: bool = False) -> tuple[Model, Run]:
    """A run's trained network and its declaration, from the folder alone.

    Raises:
        CheckpointError: The retraining has no sound checkpoint.
    """
    genotype = folder.genotype if folder.genotype.exists() else None
    built = driver.build(folder.resolved, driver.Options(phase="retrain", genotype=genotype))
    assert built.run is not None
    model = lower(built.graph, bf16=bf16)
    load_model(folder.checkpoint("retrain"), model)
    if phase == "deploy":
        trained = model.state_dict()
        model = lower(FoldNorm().apply(Prune(losses=False).apply(built.graph)), bf16=bf16)
        load_folded(model, trained)
    return model.eval(), built.run


def _at_hand(path: Path, options: driver.Options, data: Path | None) -> tuple[Resolved, driver.Options, str | None]:
    """The spec with the data set that is at hand, and what is to be said of it."""
    resolved = driver.load(path, options)
    spec = resolved.spec
    dataset = spec.datasets.get(spec.retrain.dataset) if spec.retrain is not None else None
    sound = not resolved.diagnostics.has_errors
    built_in = sound and (dataset is None or dataset.options["source"] in BUILT_IN)
    if data is not None or options.profile is not None or built_in:
        return resolved, options, None
    if SAMPLE not in spec.profiles:
        if not sound or dataset is None:
            return resolved, options, None
        help = f"name its folder with --data DIR; the spec has no profile `{SAMPLE}` for the built-in sample"
        raise DataError(f"the data set `{dataset.name}` isn't at hand", help=help)
    chosen = replace(options, profile=SAMPLE)
    name = f"the data set `{dataset.name}`" if dataset is not None else "the data set"
    resolved = driver.load(path, chosen)
    taken = resolved.spec.datasets.get(resolved.spec.retrain.dataset) if resolved.spec.retrain is not None else None
    source = None if taken is None else taken.options["source"]
    what = f", {BUILT_IN[source]}" if isinstance(source, str) and source in BUILT_IN else ""
    note = f"{name} isn't at hand (--data DIR names its folder): the profile `{SAMPLE}` is taken{what}"
    return resolved, chosen, note


def _check(resolved: Resolved, options: driver.Options) -> None:
    """Everything that is wrong with the spec, before anything runs."""
    if not resolved.diagnostics.has_errors:
        driver.check_all(resolved, options)
    if resolved.diagnostics.has_errors:
        raise SpecError(resolved.diagnostics)


def _supernet(resolved: Resolved, options: driver.Options, bf16: bool) -> Model:
    return lower(driver.finish(resolved, replace(options, phase="search")).graph, bf16=bf16)


def _new_folder(path: Path) -> Path:
    """`runs/SPEC-TIME`, a folder that isn't there yet."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder, count = Path("runs") / f"{path.stem}-{stamp}", 1
    while folder.exists():
        count += 1
        folder = Path("runs") / f"{path.stem}-{stamp}-{count}"
    print(f"run: {folder}", file=sys.stderr)
    return folder
