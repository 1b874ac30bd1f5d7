"""The progress of a search (Che et al., NeurIPS 2022, Fig. 7): retrains each snapshot briefly and evaluates it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import low_type
from spikegraph.backends.torch.train.device import device_of, float32_products
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.frozen import freeze
from spikegraph.backends.torch.train.initial import trained_form
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import rate_at, set_learning_rate, weights_optimizer
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.seeding import derive, reproducible, seed_all
from spikegraph.backends.torch.train.source import Source, read_source
from spikegraph.backends.torch.train.step import step
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import DivergedError, TrainError, UntrainableError
from spikegraph.base.progress import Reporter
from spikegraph.data.class_labels import ignoring
from spikegraph.data.sets import DataSet, data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.program.weight_checks import texts
from spikegraph.runs.json_file import write_record
from spikegraph.runs.record import read_run
from spikegraph.runs.snapshots import Measured, read_measured

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Retrain

HELD_OUT = 0.1
"""Fraction of the training images for validation; stereo data sets have a validation set."""


def retrain_snapshots(path: Path, *, epochs: int, data: Path | None, device: str, reporter: Reporter) -> Iterator[Measured]:
    """Retrains and evaluates the snapshots of a run, in order; reuses results of earlier calls with the same `epochs`.

    Every snapshot starts from the same seed and uses the same samples in the same order. Each result is written to the
    run's `snapshots/` immediately.

    Args:
        path: The run folder; its search may still be running.
        epochs: Number of epochs of each retraining; the learning rate schedule is stretched over them.
        data: The data folder; by default the run's.
        device: The device, as torch names it.
        reporter: Shows notices and progress.

    Raises:
        RunFolderError: The folder contains no run, or a file in it is damaged.
        TrainError: The run has no snapshots, or a training diverged.
        DataError: The data set is missing or damaged.
        SpecError: This version rejects the run's spec.
    """
    keep_buffers()
    record = read_run(path)
    record.check_plugins()
    folder, manifest, found = record.folder, record.manifest, record.folder.snapshot_epochs()
    if not found:
        raise TrainError(f"{path} has no snapshots of its search", "add `snapshots = 1` to the spec's `search`")
    program = Program.read(folder.resolved)
    run = program.spec.retrain
    if run is None:
        raise UntrainableError(f"the spec in {path} has no `retrain`, so its snapshots can't be retrained")
    settings = Settings(manifest.seed, device, manifest.precision, reporter=reporter)
    sets: tuple[DataSet, DataSet] | None = None
    source: Source | None = None
    for epoch in found:
        kept = folder.retrained(epoch, epochs)
        if kept.is_file():
            yield read_measured(kept)
            continue
        if sets is None:
            declared = program.spec.datasets[run.dataset]
            whole = ignoring(data_sets(declared, data or record.data_folder, settings.seed), run)
            sets = whole.held_out(HELD_OUT, settings.seed)
            source = None if record.weights_from is None else read_source(record.weights_from, reporter.notice)
        bound = program.with_genotype(folder.snapshot(epoch))
        measured = _measure(bound, replace(run, dgs=()), epochs, epoch, sets, source, settings)
        write_record(kept, measured)
        yield measured


def _measure(
    program: Program,
    run: Retrain,
    epochs: int,
    epoch: int,
    sets: tuple[DataSet, DataSet],
    source: Source | None,
    settings: Settings,
) -> Measured:
    """Retrains the architecture of a snapshot for some epochs as the run retrains, from its source of weights; evaluates it."""
    device, reporter = device_of(settings.device), settings.reporter
    built = program.build("retrain")
    with reproducible(device), float32_products(device, settings.precision):
        seed_all(derive(settings.seed, "snapshot", "weights"))
        frozen = texts(run.freeze)
        model = lower(trained_form(built, frozen), low=low_type(settings.precision)).to(device)
        freeze(model, frozen)
        if source is not None:
            source.give(model, run)
        try:
            losses = Losses(model.graph, run.loss, built.plain, checked=True)
            mean = _train(run, epochs, model, losses, sets[0], f"snapshot {epoch}", settings)
            reporter.start(f"snapshot {epoch}, validation", len(sets[1]))
            result = evaluate(model, sets[1], run.batch, part="validation", on_progress=lambda done, _: reporter.advance(done))
        finally:
            reporter.stop()
    return Measured(epoch, epochs, result.metrics, mean, result.samples)


def _train(run: Retrain, epochs: int, model: Model, losses: Losses, samples: DataSet, title: str, settings: Settings) -> float:
    """Trains the weights for some epochs, with the schedule of all; returns the mean loss of the last one."""
    optimizer = with_scaler(weights_optimizer(run, model), model)
    device = next(iter(model.parameters())).device
    batches = PhaseBatches(run, samples, range(len(samples)), derive(settings.seed, "snapshot"), device)
    total = math.nan
    model.train()
    for epoch in range(epochs):
        settings.reporter.start(f"{title}, epoch {epoch + 1}/{epochs}", batches.steps, unit="steps")
        total = 0.0
        for number, group in enumerate(batches.weights(epoch)):
            done = (epoch + number / batches.steps) / epochs
            set_learning_rate(optimizer, rate_at(run, 0, run.epochs * done))
            loss = float(step(model, losses, optimizer, group, run.clip)["loss"])
            if not math.isfinite(loss):
                where = f"{title}, epoch {epoch + 1}/{epochs}, step {number + 1}"
                raise DivergedError(f"{where}: the loss is {loss}", "a smaller learning rate or `clip` may help")
            total += loss
            settings.reporter.advance(number + 1, {"mean_loss": total / (number + 1)})
    return total / batches.steps
