"""A search's progress (Fig. 7): each of its snapshots retrained from scratch for a short time, and measured."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.datasets.declared import data_sets
from spikegraph.backends.torch.datasets.image import ImageSets
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.batches import Samples
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimiser_for, rate_at, set_learning_rate
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.progress import Reporter
from spikegraph.backends.torch.train.settings import Settings
from spikegraph.backends.torch.train.seeding import derive, reproducible, seed_all
from spikegraph.backends.torch.train.step import step
from spikegraph.errors import DivergedError, RunFolderError, TrainError
from spikegraph.files import write_whole
from spikegraph.program import Program
from spikegraph.runs.folder import RunFolder, as_json

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Retrain

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
    manifest = folder.read_manifest()
    found = snapshots(folder)
    if not found:
        raise TrainError(f"{path} has no snapshot of its search", "write `snapshots = 1` into the spec's `search`")
    program = Program.read(folder.resolved)
    run = program.spec.retrain
    if run is None:
        raise TrainError(f"{path} has no retraining, so its snapshots can't be retrained")
    settings = Settings(manifest["seed"], device, manifest["precision"], reporter=reporter)
    sets: tuple[Samples, Samples] | None = None
    for epoch in found:
        kept = folder.snapshots / f"epoch-{epoch:04d}.retrained-{epochs}.json"
        if kept.is_file():
            yield _read(kept)
            continue
        sets = sets or validated(data_sets(program.spec.datasets[run.dataset], data, settings.seed), settings.seed)
        bound = program.with_genotype(folder.snapshot(epoch))
        measured = _measure(bound, replace(run, epochs=epochs, dgs=()), epoch, sets, settings)
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


def _measure(program: Program, run: Retrain, epoch: int, sets: tuple[Samples, Samples], settings: Settings) -> Measured:
    """Retrains the architecture after an epoch of the search, and measures it."""
    device, reporter = device_of(settings.device), settings.reporter
    graph = program.build("retrain").graph
    with reproducible(device):
        seed_all(derive(settings.seed, "snapshot", "weights"))
        model = lower(graph, bf16=settings.precision == "bf16").to(device)
        try:
            mean = _train(run, model, sets[0], f"snapshot {epoch}", settings)
            reporter.start(f"snapshot {epoch}, validation", len(sets[1]))
            result = evaluate(model, sets[1], run.batch, on_progress=lambda done, _: reporter.advance(done))
        finally:
            reporter.stop()
    return Measured(epoch, run.epochs, dict(result.metrics), mean, result.samples)


def _train(run: Retrain, model: Model, samples: Samples, title: str, settings: Settings) -> float:
    """Trains the weights; returns the mean loss of the last epoch."""
    losses, optimiser = Losses(model.graph, run.loss), optimiser_for(run.weights, model.weights())
    device = next(iter(model.parameters())).device
    batches = PhaseBatches(run, samples, range(len(samples)), derive(settings.seed, "snapshot"), device)
    total = math.nan
    model.train()
    for epoch in range(run.epochs):
        settings.reporter.start(f"{title}, epoch {epoch + 1}/{run.epochs}", batches.steps)
        total = 0.0
        for number, batch in enumerate(batches.weights(epoch)):
            set_learning_rate(optimiser, rate_at(run, epoch, number / batches.steps))
            loss = float(step(model, losses, optimiser, batch, run.clip)["loss"])
            if not math.isfinite(loss):
                where = f"{title}, epoch {epoch + 1}/{run.epochs}, step {number + 1}"
                raise DivergedError(f"{where}: the loss is {loss}", "a smaller learning rate or `clip` may help")
            total += loss
            settings.reporter.advance(number + 1, {"loss": loss})
    return total / batches.steps


def _read(path: Path) -> Measured:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Measured(**data)
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderError(f"{path} can't be read: {error}", "delete it; the snapshot is measured again") from error
