"""Predictions of a run's trained network for files without labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.values import values_of
from spikegraph.backends.torch.trained import trained_model
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import DataError, DivergedError, InputError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet, encoder
from spikegraph.data.steps import steps_of
from spikegraph.data.unlabelled import Files, unlabelled
from spikegraph.program.run_program import retraining, run_program
from spikegraph.runs.record import read_run
from spikegraph.tasks import TASKS
from spikegraph.tasks.task import Task
from spikegraph.tasks.unlabelled import Unlabelled


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


def predictions(run: Path, files: Sequence[Path], *, device: str = "cpu") -> tuple[Task, Sequence[str], Iterator[Prediction]]:
    """The task of a run, the names of its classes, and the predictions of its deployed network for files, one by one.

    Args:
        run: The run's folder.
        files: Images, recordings, or `.npz` files with the array `inputs`, as the run's data set has them.
        device: The device, as torch names it.

    Raises:
        DataError: A file can't be read, or isn't what the network takes.
        UserError: The run can't be used.
        DivergedError: The network's output contains NaN.
    """
    keep_buffers()
    record = read_run(run)
    program = run_program(record)
    _, dataset = retraining(program, record)
    task, where = TASKS[dataset.task_name], device_of(device)
    model = trained_model(program, record, "deploy", bf16=record.manifest.precision == "bf16").to(where)
    node, classes = task.node(model.graph), model.classes
    channels = next(iter(model.graph.inputs().values())).value.shape[0]

    def found() -> Iterator[Prediction]:
        for path in files:
            held = Files(list(unlabelled(dataset, path, channels)))
            samples = DataSet(held, Unlabelled(task), steps_of(dataset.augment), encode=encoder(dataset))
            for sample in samples.samples():
                batch = collate([item(sample)], samples.task).to(where)
                try:
                    with torch.inference_mode():
                        values = values_of(model, batch, (node.name,))
                except InputError as error:
                    raise DataError(f"{sample.name}: {error}", help="give samples like those of the training") from error
                value = values[node.name][:, 0] if node.value.steps else values[node.name][0]
                if bool(value.isnan().any()):
                    raise DivergedError(f"{sample.name}: the network's output `{node.name}` contains NaN")
                yield _prediction(task, sample, value.float().cpu().numpy(), classes, timed=node.value.steps)

    return task, classes, found()


def _prediction(task: Task, sample: Sample, value: NDArray[Any], classes: Sequence[str], *, timed: bool) -> Prediction:
    rows = task.rows(value, classes)
    if rows:
        return Prediction(sample, rows, None)
    last = value[-1] if timed else value
    return Prediction(sample, (), task.planes(task.prediction(last[None])[0], sample))
