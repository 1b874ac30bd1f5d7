"""Predictions of a trained network for samples without labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.train.device import device_of, float32_products
from spikegraph.backends.torch.train.values import values_of
from spikegraph.backends.torch.trained import trained_model
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import DataError, DivergedError, InputError
from spikegraph.data.encoder import encoder
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.steps import steps_of
from spikegraph.data.unlabelled import Files, unlabelled
from spikegraph.program.kept import kept
from spikegraph.tasks import TASKS
from spikegraph.tasks.unlabelled import Unlabelled

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Dataset


@dataclass(frozen=True)
class Prediction:
    """The prediction for a sample.

    Attributes:
        sample: The sample as the network gets it, with its name.
        rows: What stands in a table; none for a map.
        planes: A map as planes [K, H, W], such as labels [1, H, W]; None for what stands in a table.
    """

    sample: Sample
    rows: Sequence[Mapping[str, object]]
    planes: NDArray[Any] | None


class Predictor:
    """A network that predicts what samples without labels show.

    Attributes:
        model: The network, in evaluation mode, on its device.
        dataset: The declaration that it was trained on.
        task: What it predicts.
        channels: The channels of its first input.
    """

    def __init__(self, model: Model, dataset: Dataset) -> None:
        """Takes a model.

        Raises:
            OutputError: No output of the model is what the task of the data set asks for.
        """
        self.model, self.dataset, self.task = model, dataset, TASKS[dataset.task_name]
        self.channels = next(iter(model.graph.inputs().values())).value.shape[0]
        self._node, self._steps, self._encode = self.task.node(model.graph), steps_of(dataset.augment), encoder(dataset)

    def of_file(self, path: Path) -> Iterator[Prediction]:
        """The predictions for the samples of a file: an image, a recording, or a file of arrays.

        Raises:
            DataError: It can't be read, or isn't what the network takes.
            DivergedError: The network's output contains NaN.
        """
        return self.of_samples(list(unlabelled(self.dataset, path, self.channels)))

    def of_samples(self, samples: Sequence[Sample]) -> Iterator[Prediction]:
        """The predictions for samples as the data have them, before `augment`; errors as those of `of_file`."""
        found = DataSet(Files(samples), Unlabelled(self.task), self._steps, encode=self._encode)
        return map(self._prediction, found.samples())

    def _prediction(self, sample: Sample) -> Prediction:
        node, training = self._node, self.model.training
        device = next(iter(self.model.parameters())).device
        batch = collate([item(sample)], Unlabelled(self.task)).to(device)
        self.model.eval()
        try:
            with torch.inference_mode(), float32_products(device, "fp32"):
                values = values_of(self.model, batch, (node.name,))
        except InputError as error:
            raise DataError(f"{sample.name}: {error}", help="give samples like those of the training") from error
        finally:
            self.model.train(training)
        found = values[node.name][:, 0] if node.value.steps else values[node.name][0]
        if bool(found.isnan().any()):
            raise DivergedError(f"{sample.name}: the network's output `{node.name}` contains NaN")
        value = found.float().cpu().numpy()
        last = value[-1] if node.value.steps else value
        rows = self.task.rows(last if self.model.stepwise is False else value, self.model.classes)
        if rows:
            return Prediction(sample, rows, None)
        return Prediction(sample, (), self.task.planes(self.task.prediction(last[None])[0], sample))


def predictor_of(network: Path, *, device: str = "cpu") -> Predictor:
    """The deployed form of a trained network, which predicts.

    Args:
        network: The folder of a run or of a model, or a deployed file.
        device: The device, as torch names it.

    Raises:
        UserError: It can't be used.
    """
    keep_buffers()
    found = kept(network)
    _, dataset = found.retraining()
    return Predictor(trained_model(found, "deploy").to(device_of(device)), dataset)
