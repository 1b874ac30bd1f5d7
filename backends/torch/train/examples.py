"""Example predictions of a trained network on its test set, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.train.values import values_of
from spikegraph.data.sets import DataSet
from spikegraph.data.source import spread
from spikegraph.runs.examples import Example, Examples

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def gather(model: Model, samples: DataSet) -> Examples:
    """Predictions for samples that are spread evenly over the test set; restores the model's mode afterwards.

    Args:
        model: The model, on its device.
        samples: The test set.

    Raises:
        TrainError: The network doesn't fit the data.
    """
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            found = [_example(model, samples, k) for k in spread(len(samples), samples.task.examples)]
    finally:
        model.train(training)
    return Examples(tuple(found), samples.about.classes)


def _example(model: Model, samples: DataSet, index: int) -> Example:
    """The prediction for a sample; with targets of several steps for the last one that counts."""
    sample, task = samples.sample(index), samples.task
    batch = collate([item(sample)], task).to(next(iter(model.parameters())).device)
    node = task.node(model.graph)
    values = values_of(model, batch, (node.name,))
    predicted, _ = batch.compared(values[node.name], timed=node.value.steps)
    return task.example(sample, predicted[-1].float().cpu().numpy(), samples.source.picture(int(samples.indexes[index])))
