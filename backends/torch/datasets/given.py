"""Data sets that are given in Python, as sources of samples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from spikegraph.data.data_sets import Samples
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.coding import Coding, coding_of
from spikegraph.data.events.columns import NAMES, made
from spikegraph.data.events.recordings import Held
from spikegraph.data.registries import Images, PythonSets
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.spec import ClassDataset, EventDataset
from spikegraph.errors import DataError

IMAGE_FORM = "give a tensor [C, H, W] of floating-point numbers, or of uint8"
STEPS_FORM = "give a tensor [T, C, H, W] of floating-point numbers, or of uint8"
EVENTS_FORM = "give an array [N] with the fields x, y, t in microseconds and p, as tonic's data sets do"


def given_images(sets: PythonSets, dataset: ClassDataset) -> Images:
    """Data sets in Python as the samples of a declaration.

    Raises:
        DataError: A sample has another form than the declaration says.
    """
    train, test = Given(sets.train, "training", dataset), Given(sets.test, "test", dataset)
    train.classes = test.classes = max(train.classes, test.classes, key=len)
    return Images(train, test, sets.origin)


class Given:
    """The samples of a data set in Python, such as a `torch.utils.data.Dataset`: pairs of a value and its class.

    The value is an image [C, H, W]; a sample [T, C, H, W] where the source has time steps; or an array of events, which is
    encoded, where the declaration is an `EventDataset`.

    Attributes:
        labels: The class of each, int64 [N].
        classes: The names of the classes: their numbers.
    """

    def __init__(self, samples: Samples, part: str, dataset: ClassDataset) -> None:
        """Reads all samples once, for their labels and what can be wrong with them.

        Args:
            samples: The data set.
            part: `training` or `test`, for messages.
            dataset: The declaration.

        Raises:
            DataError: A sample has another form.
        """
        self._samples, self._part, self._place = samples, part, str(dataset.span.start)
        self._file = Path(dataset.span.file)
        self._coding: Coding | None = coding_of(dataset) if isinstance(dataset, EventDataset) else None
        self._steps = self._coding is None and SOURCES[dataset.source].events
        if not len(samples):
            raise DataError(f"{self._place}: the {part} set has no sample")
        self.labels = np.asarray([self._label(k) for k in range(len(samples))], np.int64)
        self.image(0)
        self.classes = tuple(map(str, range(int(self.labels.max()) + 1)))

    def image(self, index: int) -> NDArray[Any]:
        """One image [H, W, C], uint8 or float32 as the network takes it; or a sample [T, C, H, W]."""
        array = _array(self._sample(index)[0])
        if self._coding is not None:
            return self._coding.encoded(Held(self._file, self._events(array, index), None, self._named(index)))
        found = self._values(array, index)
        return found if self._steps else found.transpose(1, 2, 0)

    def _values(self, array: NDArray[Any], index: int) -> NDArray[Any]:
        """The values of a sample that isn't encoded, uint8 or float32."""
        axes, form = (4, STEPS_FORM) if self._steps else (3, IMAGE_FORM)
        what = "sample" if self._steps else "image"
        if array.ndim != axes or array.dtype.kind not in "uf":
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

    def _label(self, index: int) -> int:
        value, label = self._sample(index)
        array = _array(value)
        if self._coding is not None:
            self._events(array, index)
        else:
            self._values(array, index)
        try:
            number = int(label)
        except (TypeError, ValueError, OverflowError) as error:
            raise self._refused(index, f"its class is {label!r}", "give a whole number, counted from 0") from error
        if number < 0 or number != label:
            raise self._refused(index, f"its class is {label!r}", "give a whole number, counted from 0")
        return number

    def _sample(self, index: int) -> tuple[Any, Any]:
        found: Any = self._samples[index]
        if not isinstance(found, tuple | list) or len(cast("Sequence[Any]", found)) != 2:
            raise self._refused(index, "it isn't a pair", "give a value and its class")
        return cast("tuple[Any, Any]", found)

    def _named(self, index: int) -> str:
        return f"sample {index} of the {self._part} set: "

    def _refused(self, index: int, why: str, help: str) -> DataError:
        return DataError(f"{self._place}: {self._named(index)}{why}", help=help)


def _array(value: Any) -> NDArray[Any]:
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
