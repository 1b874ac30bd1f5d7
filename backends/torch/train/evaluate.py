"""Evaluates a model on a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.datasets.map_sets import MapDataset
from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset
from spikegraph.backends.torch.train.batches import Batch, inputs_of
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.backends.torch.train.sampling import Draw, in_batches
from spikegraph.data.data_sets import Samples
from spikegraph.data.map_scores import Scores
from spikegraph.data.metrics import FOCAL_BASELINE, ImageMetrics, ImageScores, stereo_metrics
from spikegraph.data.registries import SCORES
from spikegraph.errors import DivergedError, TrainError
from spikegraph.ir.outputs import disparity_node, logits_node, map_node
from spikegraph.processes import ONE, Processes
from spikegraph.runs.confusion import confusion, right
from spikegraph.runs.metrics import METRICS
from spikegraph.runs.summary import Evaluation

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.stepping import Stream
    from spikegraph.ir.graph import Node

OnProgress = Callable[[int, int], None]
"""Called with the number of finished samples and the total."""


def evaluate(
    model: Model,
    samples: Samples,
    batch: int = 1,
    *,
    stream: bool = False,
    workers: int = 0,
    firing_rates: bool = False,
    on_progress: OnProgress | None = None,
    processes: Processes = ONE,
) -> Evaluation:
    """Evaluates a model in evaluation mode, without gradients; restores its mode afterwards.

    Args:
        model: The model, on its device.
        samples: Stereo windows, images with their classes, or samples with a truth for each pixel.
        batch: Batch size; ignored for recordings with `stream`.
        stream: Feed one time step at a time through `model.stream()`. Recordings are fed from beginning to end, and the state
            is kept between their windows; other samples begin without a state.
        workers: Number of processes that read the data.
        firing_rates: Also measure firing rates, and count additions.
        on_progress: Called after each batch; in several processes as often in each.
        processes: The processes among which the batches are divided; the result is that of all.

    Raises:
        TrainError: The network doesn't fit the data, or `stream` is set for samples without time steps.
        DivergedError: The network's output contains NaN.
        OutOfMemoryError: Memory ran out.
    """
    begun = time.monotonic()
    device = next(iter(model.parameters())).device
    rates = FiringRates(model.graph, model.plain) if firing_rates else FiringRates(None)
    progress: OnProgress = on_progress or (lambda done, total: None)
    training = model.training
    processes.same_buffers(model)
    model.eval()
    try:
        with torch.inference_mode(), naming_layers():
            if stream and not all(node.value.steps for node in model.graph.inputs().values()):
                raise TrainError("the samples are still images, which have no time steps to stream", "remove --stream")
            if isinstance(samples, MapDataset):
                total = _scores(samples.truth)
                found, progress = _batches(samples, batch, device, workers, processes, progress)
                parts = _maps(_Runner(model, rates, stream), found, len(samples), samples.truth, progress)
                for part in processes.in_order(list(parts)):
                    total.extend(part)
                metrics, matrix, count = _known(total.metrics()), confusion(()), len(samples)
            elif not isinstance(samples, StereoDataset):
                found, progress = _batches(samples, batch, device, workers, processes, progress)
                pairs = processes.in_order(list(_classes(_Runner(model, rates, stream), found, len(samples), progress)))
                matrix = confusion([pair for of in pairs for pair in of])
                count = sum(sum(of.values()) for of in matrix.values())
                metrics = {"accuracy_percent": 100 * right(matrix) / count}
            else:
                scores = stereo_metrics(focal_baseline(samples))
                if stream:
                    _streamed(model, samples, scores, device, rates, progress)
                else:
                    found, progress = _batches(samples, batch, device, workers, processes, progress)
                    for part in processes.in_order(list(_windows(model, found, len(samples), scores, rates, progress))):
                        scores.extend(part)
                result = scores.result()
                matrix, metrics, count = confusion(()), result.metrics(), result.images
    finally:
        model.train(training)
    measured, seconds = rates.measured(processes), time.monotonic() - begun
    return Evaluation(metrics, count, seconds, measured.rates, matrix, measured.additions, measured.time_steps)


def focal_baseline(samples: StereoDataset) -> float | None:
    """Focal length times baseline of the recordings, in pixel metres; None if their depths aren't compared."""
    return next((source.focal_baseline for source in samples.sources.values()), FOCAL_BASELINE)


def _batches(
    samples: Samples, batch: int, device: torch.device, workers: int, processes: Processes, progress: OnProgress
) -> tuple[Iterator[Batch], OnProgress]:
    """This process's batches, each of which a single process has too; and what to call after each, as often in each process."""
    order = in_batches([Draw(0, k) for k in range(len(samples))], batch)
    most = len(order) // processes.count * processes.count * batch

    def advance(done: int, total: int) -> None:
        if (done := done * processes.count) <= most:
            progress(min(done, total), total)

    own = order[processes.rank :: processes.count]
    return batches(samples, own, device, workers=workers, seed=0), advance


def _windows(
    model: Model,
    found: Iterator[Batch],
    total: int,
    scores: ImageMetrics[ImageScores],
    rates: FiringRates,
    progress: OnProgress,
) -> Iterator[ImageMetrics[ImageScores]]:
    """The measures of each batch."""
    node = disparity_node(model.graph).name
    names = tuple(model.graph.inputs())
    done = 0
    for batch in found:
        given = inputs_of(batch, names)
        rates.add_inputs(given)
        values, _ = model.run(given, wanted=(node,), watch=rates.add)
        predicted = values[node][-len(batch.truth) :, :, 0]
        part = scores.empty()
        _score(part, predicted[batch.counted], batch.truth[batch.counted])
        yield part
        done += batch.truth.shape[1]
        progress(done, total)


def _streamed(
    model: Model,
    samples: StereoDataset,
    scores: ImageMetrics[ImageScores],
    device: torch.device,
    rates: FiringRates,
    progress: OnProgress,
) -> None:
    node = disparity_node(model.graph).name
    names = tuple(model.graph.inputs())
    total, done = samples.labelled_frames, 0
    stream = cast("Stream | None", None)
    for step in samples.stream():
        if stream is None or step.first:
            stream = model.stream((node,), watch=rates.add)
        batch = Batch({"left": step.left, "right": step.right}, step.disparity, torch.ones(1, dtype=torch.bool)).to(device)
        given = inputs_of(batch, names)
        rates.add_inputs({name: value.unsqueeze(0) for name, value in given.items()})
        values = stream.step(given)
        if step.labelled:
            _score(scores, values[node][:, 0], batch.truth)
            done += 1
            progress(done * len(samples) // total, len(samples))


def _score(scores: ImageMetrics[ImageScores], predicted: Tensor, truth: Tensor) -> None:
    predicted = predicted.float()
    if bool((predicted.isnan() & truth.isfinite()).any()):
        raise DivergedError("the network's disparities contain NaN")
    scores.add(predicted.cpu().numpy(), truth.cpu().numpy())


def _scores(truth: str) -> Scores:
    if truth not in SCORES:
        raise TrainError(f"predictions of `{truth}` can't be scored", "register their scores with `SCORES` in the plug-in")
    return SCORES[truth]()


def _known(metrics: Mapping[str, float]) -> dict[str, float]:
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise TrainError(f"no metric is called `{unknown[0]}`", "register it with `METRICS` in the plug-in")
    return dict(metrics)


@dataclass(frozen=True)
class _Runner:
    """Computes an output of samples, each from the initial state.

    Attributes:
        model: The model.
        rates: Gets the firing rates.
        stream: One time step after the other, in place of all of them together.
    """

    model: Model
    rates: FiringRates
    stream: bool

    def __call__(self, batch: Batch, node: Node) -> Tensor:
        """The value of a node; of one with time steps that of the last step."""
        inputs = inputs_of(batch, tuple(self.model.graph.inputs()))
        self.rates.add_inputs(inputs)
        if not self.stream:
            values, _ = self.model.run(inputs, wanted=(node.name,), watch=self.rates.add)
            return values[node.name][-1] if node.value.steps else values[node.name]
        stream = self.model.stream((node.name,), watch=self.rates.add)
        steps = [stream.step({name: x[t] for name, x in inputs.items()}) for t in range(len(next(iter(inputs.values()))))]
        return steps[-1][node.name]


def _maps(run: _Runner, found: Iterator[Batch], total: int, truth: str, progress: OnProgress) -> Iterator[Scores]:
    """The scores of each batch."""
    node, done = map_node(run.model.graph, truth), 0
    for batch in found:
        predicted = run(batch, node)
        if bool(predicted.isnan().any()):
            raise DivergedError(f"the network's output `{node.name}` contains NaN")
        part = _scores(truth)
        part.add(predicted.float().cpu().numpy(), batch.truth.cpu().numpy())
        yield part
        done += batch.size
        progress(done, total)


def _classes(run: _Runner, found: Iterator[Batch], total: int, progress: OnProgress) -> Iterator[list[tuple[int, int]]]:
    """Pairs of the true and the predicted class, for each batch."""
    if not total:
        raise TrainError("the test set is empty")
    node, done = logits_node(run.model.graph), 0
    for batch in found:
        logits = run(batch, node)
        if bool(logits.isnan().any()):
            raise DivergedError("the network's logits contain NaN")
        true, predicted = (map(int, classes.cpu().numpy()) for classes in (batch.truth, logits.argmax(-1)))
        yield list(zip(true, predicted, strict=True))
        done += batch.size
        progress(done, total)
