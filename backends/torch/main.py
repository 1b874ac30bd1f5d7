"""The main job: a spec's whole run, and the evaluation of one."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.datasets.from_spec import data_sets
from spikegraph.backends.torch.datasets.image_sets import ImageSets
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.examples import gather
from spikegraph.backends.torch.train.progress import reporter
from spikegraph.backends.torch.train.run import train
from spikegraph.backends.torch.train.settings import Settings
from spikegraph.errors import TrainError
from spikegraph.passes.fold_norm import FoldNorm
from spikegraph.passes.prune import Prune
from spikegraph.program import Program
from spikegraph.runs.examples import write_examples
from spikegraph.runs.folder import RunFolder
from spikegraph.sample import at_hand

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Retrain
    from spikegraph.runs.summary import Evaluation, Summary


def train_program(
    program: Program,
    settings: Settings,
    *,
    data: Path | None = None,
    out: Path | None = None,
    download: bool = False,
) -> tuple[Path, Summary]:
    """Does what a spec says: searches and decodes where it has a search and no genotype, retrains, evaluates.

    Args:
        program: The spec.
        settings: What the spec doesn't say.
        data: The folder of the data set. Without it the spec's profile `sample` is used, with a notice.
        out: The run's folder; by default `runs/SPEC-TIME`.
        download: Download images that are missing in `data` into it.

    Returns:
        The run's folder and its summary.

    Raises:
        SpecError: The spec is wrong.
        DataError: The data set is missing or unsound.
        TrainError: The spec has nothing to train, the folder holds another run, or the training diverged.
        Interrupted: The run was asked to end; it is saved, and `resume` continues it.
    """
    keep_buffers()
    program, notice = at_hand(program, data)
    spec = program.spec
    if spec.retrain is None:
        raise TrainError(f"{program.name} has no `retrain NETWORK on DATASET`", "write what is to be trained")
    program.checked()
    if notice is not None:
        settings.reporter.say(notice)
    if settings.device == "cpu" and (why := missing()) is not None:
        settings.reporter.say(f"note: {why}; neurons run as operations of torch, which takes longer")
    folder = RunFolder(out if out is not None else new_folder(program))
    sets = data_sets(spec.datasets[spec.retrain.dataset], data, settings.seed, download=download)
    searched = None
    if spec.search is not None and not spec.genotypes and spec.search.dataset != spec.retrain.dataset:
        searched = data_sets(spec.datasets[spec.search.dataset], data, settings.seed, download=download)
    return folder.path, train(program, sets, folder, settings, searched)


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
        data: The folder of the data set; the built-in sample needs none.
        stream: Feed the recordings one stack at a time.
        folded: Measure the deployed form, not the retrained one.
        device: As torch names it.
        examples: Keep a few predictions in the run's folder, as the training's own evaluation does.

    Raises:
        SpecError, DataError, TrainError: The folder, the data or the network are unsound.
    """
    keep_buffers()
    folder = RunFolder(run)
    manifest, program = folder.read_manifest(), run_program(folder)
    model, declared = trained_model(program, folder, "deploy" if folded else "retrain", bf16=manifest.precision == "bf16")
    sets = data_sets(program.spec.datasets[declared.dataset], data, manifest.seed)
    progress = reporter()
    progress.say(f"data: {sets.source}")
    for line in sets.notes:
        progress.say(f"note: {line}")
    model = model.to(device_of(device))
    progress.start("test", len(sets.test))
    try:
        found = evaluate(
            model,
            sets.test,
            declared.batch if isinstance(sets, ImageSets) else 1,
            stream=stream,
            firing_rates=True,
            on_progress=lambda done, _: progress.advance(done),
        )
    finally:
        progress.stop()
    if examples:
        write_examples(folder.examples, gather(model, sets.test))
    return found


def run_program(folder: RunFolder) -> Program:
    """The spec of a run with its genotype, from the folder alone."""
    return Program.read(folder.resolved, genotype=folder.genotype if folder.genotype.exists() else None)


def trained_model(
    program: Program, folder: RunFolder, phase: Literal["retrain", "deploy"], *, bf16: bool = False
) -> tuple[Model, Retrain]:
    """A run's trained network and its declaration.

    Raises:
        SpecError: The run's spec is unsound.
        CheckpointError: The retraining has no sound checkpoint.
    """
    graph = program.build("retrain").graph
    assert program.spec.retrain is not None
    model = lower(graph, bf16=bf16)
    load_model(folder.checkpoint("retrain"), model)
    if phase == "deploy":
        trained = model.state_dict()
        model = lower(FoldNorm().apply(Prune(losses=False).apply(graph)), bf16=bf16)
        load_folded(model, trained)
    return model.eval(), program.spec.retrain


def new_folder(program: Program) -> Path:
    """`runs/SPEC-TIME`, a folder that doesn't exist yet."""
    name = f"{Path(program.name).stem}-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S')}"
    folder, count = Path("runs") / name, 1
    while folder.exists():
        count += 1
        folder = Path("runs") / f"{name}-{count}"
    print(f"run: {folder}", file=sys.stderr)
    return folder
