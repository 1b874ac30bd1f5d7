"""A search's progress (Fig. 7): each of its snapshots retrained from scratch for a short time, and measured."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

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
from spikegraph.dsl.spec import Retrain
from spikegraph.errors import DivergedError, RunFolderError, TrainError
from spikegraph.files import write_whole
from spikegraph.runs.folder import RunFolder, as_json

HELD_OUT = 0.1
"""The share of a training set of images that validates; sets of recordings have a part of their own for it."""


@dataclass(frozen=True)
class Measured:
    """What one snapshot came to.

    Attributes:
        epoch: Of the search, counted from 1.
        epochs: Of its retraining.
        metrics: On the validation set.
        loss: Mean loss of the last epoch.
        samples: Images that were measured.
    """

    epoch: int
    epochs: int
    metrics: dict[str, float]
    loss: float
    samples: int


def retrain_snapshots(path: Path, *, epochs: int, data: Path | None, device: str, reporter: Reporter) -> Iterator[Measured]:
    """Retrains and measures the snapshots of a run, in order; what was measured before with as many epochs is read.

    Every snapshot begins from the same seed and sees the same images in the same order. Each result is in the run's
    `snapshots/` as soon as it exists.

    Args:
        path: The run's folder; its search may still be going.
        epochs: Of each retraining; the schedule of the learning rate is stretched over them.
        data: The data set's folder; of no meaning for built-in ones.
        device: As torch names it.
        reporter: What a person sees.

    Raises:
        TrainError: The run has no snapshot, or a training diverged.
        DataError: The data set is missing or unsound.
        SpecError: The run's spec is no longer sound.
    """
    keep_buffers()
    folder = RunFolder(path)
    seed = int(folder.read_manifest()["seed"])
    found = snapshots(folder)
    if not found:
        raise TrainError(f"{path} has no snapshot of its search", "write `snapshots = 1` into the spec's `search`")
    spec = driver.load(folder.resolved, driver.Options()).spec
    if spec.retrain is None:
        raise TrainError(f"{path} has no retraining, so its snapshots can't be retrained")
    sets: tuple[Samples, Samples] | None = None
    for epoch in found:
        kept = folder.snapshots / f"epoch-{epoch:04d}.retrained-{epochs}.json"
        if kept.is_file():
            yield _read(kept)
            continue
        sets = sets or validated(data_sets(spec.datasets[spec.retrain.dataset], data, seed), seed)
        measured = _measure(folder, epoch, epochs, sets, seed, device, reporter)
        write_whole(kept, as_json(asdict(measured)))
        yield measured


def snapshots(folder: RunFolder) -> list[int]:
    """The epochs of the search whose architectures were kept, in order."""
    return sorted(int(p.stem.removeprefix("epoch-")) for p in folder.snapshots.glob("epoch-[0-9]*.sdhs"))


def validated(sets: StereoSets | ImageSets, seed: int) -> tuple[Samples, Samples]:
    """What snapshots are trained on, and what they are measured on: never the test set."""
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
    assert isinstance(built.run, Retrain)
    run = replace(built.run, epochs=epochs, dgs=())
    with reproducible(place):
        seed_all(derive(seed, "snapshot", "weights"))
        model = lower(built.graph).to(place)
        plan = RetrainPlan(run, model, sets[0], derive(seed, "snapshot"), place)
        mean = math.nan
        try:
            for number in range(epochs):
                mean = _epoch(plan, number, f"snapshot {epoch}, epoch {number + 1}/{epochs}", reporter)
            reporter.start(f"snapshot {epoch}, validation", len(sets[1]))
            result = evaluate(model, sets[1], run.batch, on_progress=lambda done, _: reporter.advance(done))
        finally:
            reporter.stop()
    return Measured(epoch, epochs, dict(result.metrics), mean, result.samples)


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


def _read(path: Path) -> Measured:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Measured(**data)
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderError(f"{path} can't be read: {error}", "delete it; the snapshot is measured again") from error
