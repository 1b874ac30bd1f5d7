"""Evaluates a model on a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.datasets import Batch, inputs_of
from spikegraph.backends.torch.train.loader import unpadded
from spikegraph.backends.torch.train.metric_numbers import numbers_of
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.backends.torch.train.sampling import Draw, in_batches
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.errors import DivergedError, NoTimeStepsError, TrainError
from spikegraph.base.processes import ONE, Processes
from spikegraph.base.surface import argument
from spikegraph.data.moments import moments_of
from spikegraph.data.sets import DataSet
from spikegraph.data.trainable import no_target_counts
from spikegraph.runs.summary import Evaluation
from spikegraph.tasks.scores import Scores

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.stepping import Stream
    from spikegraph.data.source import Moment
    from spikegraph.ir.graph import Node

OnProgress = Callable[[int, int], None]
"""Called with the number of finished samples and the total."""


def evaluate(
    model: Model,
    samples: DataSet,
    batch: int = 1,
    *,
    part: str = "test",
    stream: bool = False,
    workers: int = 0,
    firing_rates: bool = False,
    on_progress: OnProgress | None = None,
    processes: Processes = ONE,
    left_out: Callable[[str], object] | None = None,
) -> Evaluation:
    """Evaluates a model in evaluation mode, without gradients; restores its mode afterwards.

    Args:
        model: The model, on its device.
        samples: The samples.
        batch: Batch size; ignored for recordings with `stream`.
        part: What the samples are called in errors: `test` or `validation`.
        stream: Feed one time step at a time through `model.stream()`. Recordings are fed from beginning to end, and the state
            is kept between their windows; other samples begin without a state.
        workers: Number of processes that read the data.
        firing_rates: Also measure firing rates, and count additions.
        on_progress: Called after each batch; in several processes as often in each.
        processes: The processes among which the batches are divided; the result is that of all.
        left_out: Called with what is wrong with a metric that is NaN or infinite, which is left out; None for an error.

    Raises:
        TrainError: The network doesn't fit the data.
        NoTimeStepsError: `stream` is set for samples without time steps.
        DataError: No target of the samples counts.
        DivergedError: The network's output contains NaN.
        TypeError, ValueError: A metric is no finite number; the error is one of the plug-in whose task it is.
        OutOfMemoryError: Memory ran out.
    """
    begun = time.monotonic()
    if not len(samples):
        raise TrainError(f"the {part} set is empty")
    device = next(iter(model.parameters())).device
    rates = FiringRates(model.graph, model.plain) if firing_rates else FiringRates(None)
    progress: OnProgress = on_progress or (lambda done, total: None)
    training = model.training
    processes.same_buffers(model)
    model.eval()
    try:
        with torch.inference_mode(), naming_layers():
            if stream and not all(node.value.steps for node in model.graph.inputs().values()):
                raise NoTimeStepsError(
                    "the samples are still images, which have no time steps to stream", f"remove {argument('stream')}"
                )
            run = _Runner(model, samples, rates, samples.task.node(model.graph), stream=stream)
            moments = moments_of(samples) if stream else None
            total = samples.task.scores(samples.about)
            if moments is not None:
                total = run.streamed(moments, device, progress)
            else:
                found, progress = _batches(samples, batch, device, workers, processes, progress)
                for each in processes.in_order(list(run.parts(found, progress))):
                    total.extend(each)
            metrics = _metrics(total, samples, part, left_out)
    finally:
        model.train(training)
    measured, seconds = rates.measured(processes), time.monotonic() - begun
    count = len(samples) if total.count is None else total.count
    return Evaluation(
        metrics, count, seconds, measured.rates, total.confusion(), measured.additions, measured.time_steps, total.classes()
    )


def _batches(
    samples: DataSet, batch: int, device: torch.device, workers: int, processes: Processes, progress: OnProgress
) -> tuple[Iterator[list[Batch]], OnProgress]:
    """This process's batches, each of which a single process has too; and what to call after each, as often in each process.

    A batch is divided by the sizes of its samples: what a network makes of padding would reach into them.
    """
    order = in_batches([Draw(0, k) for k in range(len(samples))], batch)
    most = len(order) // processes.count * processes.count * batch

    def advance(done: int, total: int) -> None:
        if (done := done * processes.count) <= most:
            progress(min(done, total), total)

    own = order[processes.rank :: processes.count]
    return unpadded(samples, own, device, workers=workers), advance


def _metrics(scores: Scores, samples: DataSet, part: str, left_out: Callable[[str], object] | None) -> dict[str, float]:
    try:
        metrics: object = scores.metrics()
    except ValueError as error:
        raise no_target_counts(part, samples) from error
    return numbers_of(metrics, scores, left_out)


@dataclass(frozen=True)
class _Runner:
    """Computes the output of a model that is compared with the targets.

    Attributes:
        model: The model.
        samples: The samples.
        rates: Gets the firing rates.
        node: The output.
        stream: One time step after the other, in place of all of them together.
    """

    model: Model
    samples: DataSet
    rates: FiringRates
    node: Node
    stream: bool

    def parts(self, found: Iterator[list[Batch]], progress: OnProgress) -> Iterator[Scores]:
        """The scores of each batch, whose samples begin without a state."""
        done = 0
        for alike in found:
            scores = self.samples.task.scores(self.samples.about)
            for batch in alike:
                self._add(scores, self._values(batch), batch)
                done += batch.counted.shape[-1]
            yield scores
            progress(done, len(self.samples))

    def streamed(self, moments: Iterator[Moment], device: torch.device, progress: OnProgress) -> Scores:
        """The scores of samples that continue each other."""
        scores, names = self.samples.task.scores(self.samples.about), tuple(self.model.graph.inputs())
        stream: Stream | None = None
        for moment in moments:
            if stream is None or moment.first:
                stream = self.model.stream((self.node.name,), watch=self.rates.add)
            inputs = {name: torch.from_numpy(x).float()[None] for name, x in moment.inputs.items()}  # pyright: ignore[reportUnknownMemberType]
            target = torch.from_numpy(moment.target)[None, None]  # pyright: ignore[reportUnknownMemberType]
            batch = Batch(inputs, target, torch.tensor([[moment.counted]])).to(device)
            given = inputs_of(batch, names)
            self.rates.add_inputs({name: value.unsqueeze(0) for name, value in given.items()})
            values = stream.step(given)
            self._add(scores, values[self.node.name][None], batch)
            progress(moment.done, len(self.samples))
        return scores

    def _values(self, batch: Batch) -> Tensor:
        """The values of the output, [T, N, ...] or [N, ...]."""
        inputs, within = inputs_of(batch, tuple(self.model.graph.inputs())), batch.within
        self.rates.add_inputs(inputs, within)
        if not self.stream:
            watch = partial(self.rates.add, within=within)
            return values_of(self.model, batch, (self.node.name,), watch=watch)[self.node.name]
        stream, found = self.model.stream((self.node.name,)), list[Tensor]()
        steps = len(next(iter(inputs.values())))
        for t in range(steps):
            stream.watch = partial(self._watch, batch, t, steps)
            found.append(stream.step({name: x[t] for name, x in inputs.items()})[self.node.name])
        return torch.stack(found) if self.node.value.steps else batch.last(torch.stack(found))

    def _watch(self, batch: Batch, t: int, steps: int, name: str, value: Tensor) -> None:
        """Counts the spikes of step t; what a sequence has once, such as a maximum over time, at a sample's last step."""
        within = batch.within
        if name not in self.model.graph or self.model.graph.node(name).value.steps:
            self.rates.add(name, value, within=None if within is None else within[t : t + 1])
        elif within is None:
            if t == steps - 1:
                self.rates.add(name, value)
        else:
            last = within[t] if t == steps - 1 else within[t] & ~within[t + 1]
            self.rates.add(name, value[last])

    def _add(self, scores: Scores, values: Tensor, batch: Batch) -> None:
        """Adds the predictions with a target that counts.

        Raises:
            DivergedError: One isn't a number.
        """
        predicted, target = batch.compared(values, timed=self.node.value.steps)
        if bool(predicted.isnan().any()):
            raise DivergedError(f"the network's output `{self.node.name}` contains NaN")
        if len(predicted):
            scores.add(self.samples.task.prediction(_array(predicted)), _array(target))


def _array(values: Tensor) -> NDArray[Any]:
    return (values.float() if values.is_floating_point() else values).cpu().numpy()
