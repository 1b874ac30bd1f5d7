"""The progress of a search (Fig. 7): each of its snapshots is retrained from scratch for a short time, and measured."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from spikegraph import driver
from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.datasets.declared import data_sets
from spikegraph.backends.torch.datasets.image import ImageSets
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.batches import Samples
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.plans import RetrainPlan
from spikegraph.backends.torch.train.progress import Reporter
from spikegraph.backends.torch.train.seeding import derive, reproducible, seed_all
from spikegraph.errors import DivergedError, TrainError
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import write_record
from spikegraph.runs.record import read_run
from spikegraph.runs.snapshots import Measured, read_measured

HELD_OUT = 0.1
"""The share of a training set of images that is used for validation; sets of recordings have a validation part."""


def retrain_snapshots(path: Path, *, epochs: int, data: Path | None, device: str, reporter: Reporter) -> Iterator[Measured]:
    """Retrains and measures the snapshots of a run, in order; results of earlier calls with as many epochs are reused.

    Every snapshot begins from the same seed and sees the same images in the same order. Each result is written to the run's
    `snapshots/` as soon as it exists.

    Args:
        path: The run's folder; its search may still be running.
        epochs: Epochs of each retraining; the learning rate's schedule is stretched over them.
        data: The data set's folder; ignored for built-in ones.
        device: As torch names it.
        reporter: Shows the progress.

    Raises:
        RunFolderError: The folder is not a run's, or a file in it is damaged.
        TrainError: The run has no snapshot, or a training diverged.
        DataError: The data set is missing or unsound.
        SpecError: This version refuses the run's spec.
    """
    keep_buffers()
    run = read_run(path)
    folder, seed = run.folder, run.manifest.seed
    found = folder.snapshot_epochs()
    if not found:
        raise TrainError(f"{path} has no snapshot of its search", "write `snapshots = 1` into the spec's `search`")
    spec = driver.load(folder.resolved, driver.Options()).spec
    if spec.retrain is None:
        raise TrainError(f"{path} has no retraining, so its snapshots can't be retrained")
    sets: tuple[Samples, Samples] | None = None
    for epoch in found:
        kept = folder.retrained(epoch, epochs)
        if kept.is_file():
            yield read_measured(kept)
            continue
        sets = sets or validated(data_sets(spec.datasets[spec.retrain.dataset], data, seed), seed)
        measured = _measure(folder, epoch, epochs, sets, seed, device, reporter)
        write_record(kept, measured)
        yield measured


def validated(sets: StereoSets | ImageSets, seed: int) -> tuple[Samples, Samples]:
    """The sets that snapshots are trained on and measured on: never the test set."""
    if isinstance(sets, StereoSets):
        return sets.train, sets.validation
    parts = sets.held_out(HELD_OUT, seed)
    assert parts.validation is not None
    return parts.train, parts.validation


def _measure(
    folder: RunFolder,
    epoch: int,
    epochs: int,
    sets: tuple[Samples, Samples],
    seed: int,
    device: str,
    reporter: Reporter,
) -> Measured:
    place = device_of(device)
    built = driver.build(folder.resolved, driver.Options(phase="retrain", genotype=folder.snapshot(epoch)))
    assert built.run is not None
    run = replace(built.run, options={**built.run.options, "epochs": epochs}, dgs=())
    with reproducible(place):
        seed_all(derive(seed, "snapshot", "weights"))
        model = lower(built.graph).to(place)
        plan = RetrainPlan(run, model, sets[0], derive(seed, "snapshot"), place)
        mean = math.nan
        try:
            for number in range(epochs):
                mean = _epoch(plan, number, f"snapshot {epoch}, epoch {number + 1}/{epochs}", reporter)
            reporter.start(f"snapshot {epoch}, validation", len(sets[1]))
            batch = run.options["batch"]
            assert isinstance(batch, int)
            result = evaluate(model, sets[1], batch, on_progress=lambda done, _: reporter.advance(done))
        finally:
            reporter.stop()
    return Measured(epoch, epochs, result.metrics, mean, result.samples)


def _epoch(plan: RetrainPlan, number: int, title: str, reporter: Reporter) -> float:
    """One epoch; the mean loss of its steps."""
    reporter.start(title, plan.steps)
    total = 0.0
    for step, losses in enumerate(plan.epoch(number, 0), 1):
        loss = float(losses["loss"])
        if not math.isfinite(loss):
            raise DivergedError(f"{title}, step {step}: the loss is {loss}", "a smaller learning rate or `clip` may help")
        total += loss
        reporter.advance(step, {"loss": loss})
    return total / plan.steps
