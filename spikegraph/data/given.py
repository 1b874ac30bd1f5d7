"""Data sets that are given in Python, as samples."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.data.content_hash import array_hash, of_images, of_targets
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.coding import MICROSECONDS, Coding, coding_of
from spikegraph.data.events.columns import NAMES, made
from spikegraph.data.events.recordings import Held
from spikegraph.data.images import pixels
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples, spread
from spikegraph.data.value_kinds import kind_of
from spikegraph.dsl.schema.dataset import GIVEN, PYTHON, PYTHON_EVENTS, PYTHON_STEPS, SOURCES
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.spec import Dataset
from spikegraph.tasks import TASKS

IMAGE_FORM = "give a tensor [C, H, W] or [F] of floating-point numbers, or of uint8"
STEPS_FORM = "give a tensor [T, C, H, W] or [T, F] of floating-point numbers, or of uint8"
EVENTS_FORM = "give an array [N] with the fields x, y, t in microseconds and p, as tonic's data sets do"

IMAGE_AXES = 3
"""Channels, height and width."""

READ_TWICE = 100
"""Number of samples that are read twice, to find out whether they are drawn."""


@runtime_checkable
class Pairs(Protocol):
    """A data set as one writes it for PyTorch; its items are pairs of a value and its target, such as a class."""

    def __len__(self) -> int:
        """The number of samples."""
        ...

    def __getitem__(self, index: int, /) -> Any:
        """The pair at `index`."""
        ...


def refused(dataset: Dataset, folder: Path | None) -> Read:
    """Refuses to read samples that are given in Python from a folder.

    Raises:
        DataError: Always.
    """
    summary = f"{dataset.span.start}: the samples of `{dataset.name}` are given in Python, not in a folder"
    fit, evaluate = f'`spikegraph.fit("{dataset.span.file}", train=..., test=...)`', "`spikegraph.evaluate(run, samples)`"
    raise DataError(summary, help=f"train on them with {fit}; evaluate with {evaluate}")


def given(dataset: Dataset, train: Pairs | None, test: Pairs, origin: str = "data sets in Python") -> Read:
    """Data sets in Python as the samples of a declaration.

    Args:
        dataset: The declaration: without time steps the values are images [C, H, W]; with them samples [T, C, H, W], or
            arrays of events with the fields x, y, t and p where the declaration encodes events.
        train: Samples for training; None where those for the test stand for them.
        test: Samples for the test.
        origin: Where they are from, in one line.

    Raises:
        DataError: A sample has another form than the declaration says.
    """
    first = None if train is None else Given(train, "training", dataset)
    second = Given(test, "test", dataset)
    parts = first or second, second
    names = max((part.classes for part in parts), key=len)
    for part in parts:
        part.classes = names
    return Read(*parts, origin)


def as_given(dataset: Dataset) -> Dataset:
    """A declaration whose samples are given in Python, in the form that those of `dataset` have before `augment`.

    Raises:
        DataError: Its samples can't be given in Python.
    """
    if dataset.source in GIVEN:
        return dataset
    events = dataset.events()
    if (events is not None and events.cameras > 1) or len(dataset.views) > 1 or dataset.beside():
        summary = f"samples of `{dataset.name}` have several inputs, so they can't be given in Python"
        raise DataError(summary, help=f"give the folder of the data with {argument('data', 'DIR')}")
    recorded = events is not None and not events.rectified  # of rectified ones the encoded samples are given
    source = PYTHON_EVENTS if recorded else PYTHON_STEPS if dataset.timed else PYTHON
    record: Any = SOURCES[source].record
    shared = {each.name for each in fields(record)} & {each.name for each in fields(dataset)}
    values: dict[str, Any] = {name: getattr(dataset, name) for name in shared} | {"source": source, "task": dataset.task_name}
    if events is not None and recorded:
        values["sensor"] = events.sensor
    return record(**values)


class Given(Samples):
    """The samples of a data set in Python, such as a `torch.utils.data.Dataset`.

    Attributes:
        targets: The target of each.
        classes: The names of the classes: their numbers; empty if the targets aren't classes.
    """

    def __init__(self, samples: Pairs, part: str, dataset: Dataset) -> None:
        """Reads all samples once, for their targets and what can be wrong with them.

        Args:
            samples: The data set.
            part: `training` or `test`, for messages.
            dataset: The declaration.

        Raises:
            DataError: A sample has another form.
        """
        self._samples, self._part, self._place = samples, part, str(dataset.span.start)
        self._file, events = Path(dataset.span.file), dataset.events()
        self._coding: Coding | None = None if events is None else coding_of(events)
        self._encoded = dataset.shape()
        self._steps = self._coding is None and dataset.origin.events
        self._task = TASKS[dataset.task_name]
        if not (hasattr(samples, "__len__") and hasattr(samples, "__getitem__")):
            raise DataError(
                f"{self._place}: the {part} set is a `{type(samples).__name__}`, which hasn't a length and items by number",
                help="give a data set, of a `DataLoader` its `.dataset`; the batches are those of the spec",
            )
        if not len(samples):
            raise DataError(f"{self._place}: the {part} set has no sample")
        self._kind: ValueKind = "spike"
        self.targets = [self._target(k) for k in range(len(samples))]
        self._require_alike()
        self.sample(0)
        classes = self._task.classifies and self.targets[0].ndim < 2
        self.classes = tuple(map(str, range(1 + max(int(each.max()) for each in self.targets)))) if classes else ()

    @override
    def __len__(self) -> int:
        return len(self.targets)

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def class_numbers(self) -> NDArray[np.int64] | None:
        found = self.targets
        return np.array(found) if found[0].ndim == 0 and found[0].dtype == np.int64 else None

    @override
    def sample(self, index: int) -> Sample:
        held, target = self._held(index), self.targets[index].copy()
        if self._coding is None and not self._steps:
            return Sample({"image": pixels(held) if held.ndim == 3 else held.copy()}, target)
        counted = np.ones(len(target), np.bool_) if self._task.each_step(target) else None
        return Sample({"image" if self._coding is None else "events": held.copy()}, target, steps=len(held), counted=counted)

    @override
    def kind(self) -> ValueKind:
        return self._kind if self._steps else super().kind()

    @override
    def seconds(self, index: int) -> float | None:
        if self._coding is None:
            return None
        times = self._events(_array(self._pair(index)[0]), index).t
        return float(times.max() - times.min()) / MICROSECONDS if len(times) else None

    @override
    def picture(self, index: int) -> NDArray[np.uint8] | None:
        held = None if self._coding is not None or self._steps else self._held(index)
        return held if held is not None and held.ndim == 3 and held.dtype == np.uint8 else None

    @override
    def content(self) -> Iterable[bytes]:
        drawn_values, drawn_targets = self._drawn()
        if drawn_values:
            return of_targets(self.classes, [] if drawn_targets else self.targets, len(self))
        numbers = self.class_numbers()
        return super().content() if numbers is None else of_images(self.classes, numbers, self._held)

    def _drawn(self) -> tuple[bool, bool]:
        """Whether values, and targets, are drawn anew when a sample is read, such as by random transforms."""
        values = targets = False
        for k in spread(len(self), READ_TWICE):
            (one, target), (other, _) = self._pair(k), self._pair(k)
            values |= array_hash(_array(one)) != array_hash(_array(other))
            targets |= array_hash(self._task.checked(target)) != array_hash(self.targets[k])
        return values or targets, targets

    def _held(self, index: int) -> NDArray[Any]:
        """An image [H, W, C], uint8 or float32, or a vector [F]; or a sample with time steps [T, C, H, W] or [T, F]."""
        array = _array(self._pair(index)[0])
        if self._coding is not None:
            return self._coding.encoded(Held(self._file, self._events(array, index), None, self._named(index)))
        values = self._values(array, index)
        return values if self._steps or values.ndim == 1 else values.transpose(1, 2, 0)

    def _values(self, array: NDArray[Any], index: int) -> NDArray[Any]:
        """The values of a sample that isn't encoded, uint8 or float32."""
        axes, form = ((4, 2), STEPS_FORM) if self._steps else ((3, 1), IMAGE_FORM)
        what = "sample" if self._steps else "image"
        if array.ndim not in axes or array.dtype.kind not in "uf":
            raise self._refused(index, f"its {what} has the shape {list(array.shape)} and the type {array.dtype}", form)
        if array.dtype == np.uint8:
            return array
        with np.errstate(over="ignore"):
            found = array.astype(np.float32)
        if not np.isfinite(found).all():
            raise self._refused(index, f"its {what} has numbers that aren't finite", "remove it, or replace them")
        return found

    def _events(self, array: NDArray[Any], index: int) -> Block:
        """The events of a structured array; without y they lie in one row."""
        names = array.dtype.names or ()
        found = {key: next((name for name in known if name in names), None) for key, known in NAMES.items()}
        if array.ndim != 1 or found["x"] is None or found["t"] is None or found["p"] is None:
            fields = ", ".join(names) or "none"
            why = f"its events have the shape {list(array.shape)} and the fields {fields}"
            raise self._refused(index, why, EVENTS_FORM)
        if array.dtype[found["t"]].kind not in "iu":
            raise self._refused(index, f"its times are {array.dtype[found['t']]}", "give whole microseconds")
        x = array[found["x"]]
        y = np.zeros(len(x), np.int64) if found["y"] is None else array[found["y"]]
        try:
            return made(x, y, array[found["t"]], array[found["p"]], self._file)
        except DataError as error:
            raise self._refused(index, error.summary, error.help or "remove it, or replace them") from error

    def _target(self, index: int) -> NDArray[Any]:
        value, target = self._pair(index)
        array = _array(value)
        if self._coding is not None:
            self._events(array, index)
            steps, shape = self._coding.slicing.steps, self._encoded
        else:
            values = self._values(array, index)
            steps, shape = len(values) if self._steps else 0, values.shape[self._steps :]
            self._kind = kind_of((values,), self._kind) if self._steps else self._kind
        try:
            found = self._task.checked(target)
        except ValueError as error:
            given = getattr(target, "shape", ())
            told = f"an array of the shape {list(given)}" if len(given) > 1 else repr(target)
            raise self._refused(index, f"its {self._task.name} is {told}", str(error)) from error
        size = shape[-2:]
        if self._task.pixels and len(shape) == IMAGE_AXES and None not in size and found.shape[-2:] != size:
            why = f"its {self._task.name} has the shape {list(found.shape)}, but its pixels are {' x '.join(map(str, size))}"
            raise self._refused(index, why, f"give [..., {', '.join(map(str, size))}]")
        if self._task.each_step(found) and len(found) > steps:
            help = "give one for each step, or for the last steps"
            other = "write `source = python_steps` in the data set, and give samples with time steps"
            why = f"it has {len(found)} targets, but {steps or 'no'} time steps"
            raise self._refused(index, why, help if steps else other)
        return found

    def _require_alike(self) -> None:
        """Checks that all samples have one target, or all those of time steps."""
        each = [self._task.each_step(target) for target in self.targets]
        if (other := next((k for k, own in enumerate(each) if own != each[0]), None)) is not None:
            one, many = "one target", "one for each time step"
            why = f"it has {many if each[other] else one}, but sample 0 {many if each[0] else one}"
            raise self._refused(other, why, "give all samples one target, or all those of their time steps")

    def _pair(self, index: int) -> tuple[Any, Any]:
        found: Any = self._samples[index]
        if not isinstance(found, tuple | list) or len(cast("Sequence[Any]", found)) != 2:
            raise self._refused(index, "it isn't a pair", "give a value and its target")
        return cast("tuple[Any, Any]", found)

    def _named(self, index: int) -> str:
        return f"sample {index} of the {self._part} set: "

    def _refused(self, index: int, why: str, help: str) -> DataError:
        return DataError(f"{self._place}: {self._named(index)}{why}", help=help)


def _array(value: Any) -> NDArray[Any]:
    """An array, also of a tensor with a gradient or on a GPU."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
