"""What a run stores of a prediction: a class, or a value for each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.signed_picture import at_most, input_picture
from spikegraph.runs.examples import ImageExample, MapExample

if TYPE_CHECKING:
    from spikegraph.data.sample import Sample
    from spikegraph.tasks.task import Task


def picture_of(sample: Sample, picture: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """The sample as the data have it, uint8 [H, W, C], or a picture of its first input; subsampled if it is large."""
    if picture is None:
        picture = input_picture(next(iter(sample.inputs.values())), timed=sample.steps is not None)
    return at_most(picture)


def class_example(sample: Sample, predicted: NDArray[Any], picture: NDArray[np.uint8] | None) -> ImageExample:
    """The example of a task with a class for each sample; arguments as of `Task.example`."""
    odds = np.exp(predicted - predicted.max())
    return ImageExample(picture_of(sample, picture), int(sample.target), (odds / odds.sum()).astype(np.float32))


def map_example(task: Task, sample: Sample, predicted: NDArray[Any], picture: NDArray[np.uint8] | None) -> MapExample:
    """The example of a task whose targets lie on pixels; arguments as of `Task.example`."""
    shown = picture_of(sample, picture)
    coloured = np.ascontiguousarray(np.broadcast_to(shown, (*shown.shape[:2], 3)) if shown.shape[2] == 1 else shown[..., :3])
    planes = (task.planes(values, sample) for values in (sample.target, task.prediction(predicted[None])[0]))
    target, found = (at_most(each.transpose(1, 2, 0)).transpose(2, 0, 1).astype(np.float32) for each in planes)
    return MapExample(task.name, sample.name, coloured, target, found)
