"""Reads samples of one's own with a truth for each pixel from arrays: .npz and HDF5 files with named arrays, or .npy files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.drawn import drawn
from spikegraph.data.maps import MapData, MapSample
from spikegraph.data.own_arrays import names_of_test, read_array
from spikegraph.dsl.schema.dataset import OwnMaps
from spikegraph.errors import DataError

LARGEST_LABEL = 255
"""The largest label; those above the network's classes mean that a pixel has none."""


@dataclass(frozen=True)
class ArrayMaps:
    """Samples in memory, a `MapSource`.

    Attributes:
        inputs: [N, C, H, W] or [N, T, C, H, W]; uint8 without time steps is divided by 255.
        truths: Labels [N, H, W], or flows [N, 2, H, W].
        kind: `labels` or `flow`.
    """

    inputs: NDArray[Any]
    truths: NDArray[Any]
    kind: str

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.inputs)

    def sample(self, index: int) -> MapSample:
        """As `MapSource`."""
        held = self.inputs[index]
        scale = np.float32(255 if held.dtype == np.uint8 and held.ndim == 3 else 1)
        name = "events" if held.ndim == 4 else "image"
        truth = self.truths[index]
        return MapSample(
            {name: held.astype(np.float32) / scale}, truth.astype(np.int64 if self.kind == "labels" else np.float32), self.kind
        )


def read_maps(dataset: OwnMaps, folder: Path) -> MapData:
    """Samples for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, or of another form than inputs and their truths.
    """
    inputs, truths = _pair(dataset, folder, dataset.inputs, dataset.targets)
    where = folder if dataset.file is None else folder / dataset.file
    if (test := names_of_test(dataset)) is not None:
        parts = [ArrayMaps(inputs, truths, dataset.truth), ArrayMaps(*_pair(dataset, folder, *test), dataset.truth)]
    else:
        if len(inputs) < 2:
            raise DataError(f"`{dataset.inputs}` has one sample; one is for training and one for the test", where)
        chosen = sorted(drawn("sample", 0, len(inputs), dataset.test, dataset.split_seed, where))
        held = np.zeros(len(inputs), np.bool_)
        held[chosen] = True
        parts = [ArrayMaps(inputs[part], truths[part], dataset.truth) for part in (~held, held)]
    classes = _classes([part.truths for part in parts]) if dataset.truth == "labels" else ()
    return MapData(parts[0], parts[1], f"arrays ({where})", classes=classes)


def _classes(truths: list[NDArray[Any]]) -> tuple[str, ...]:
    """The names of the labels: their numbers, up to the largest that isn't 255."""
    found = max((int(truth[truth != LARGEST_LABEL].max(initial=0)) for truth in truths), default=0)
    return tuple(map(str, range(found + 1)))


def _pair(dataset: OwnMaps, folder: Path, inputs: str, targets: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The inputs and their truths."""
    where, values = read_array(dataset, folder, inputs)
    axes, form = (5, "[N, T, C, H, W]") if dataset.time_steps else (4, "[N, C, H, W]")
    if values.ndim != axes or not values.size or values.dtype.kind not in "uif":
        other = "" if values.ndim not in (4, 5) else f"write `time_steps = {'false' if dataset.time_steps else 'true'}`, or "
        summary = f"`{inputs}` has the shape {list(values.shape)} and the type {values.dtype}; inputs are numbers {form}"
        raise DataError(summary, where, f"{other}store them so")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"`{inputs}` has numbers that aren't finite", where)
    where, truths = read_array(dataset, folder, targets)
    wanted = (len(values), *((2,) if dataset.truth == "flow" else ()), *values.shape[-2:])
    if truths.shape != wanted:
        raise DataError(
            f"`{targets}` has the shape {list(truths.shape)} for inputs {list(values.shape)}", where, f"give {list(wanted)}"
        )
    if dataset.truth == "flow":
        if truths.dtype.kind != "f":
            raise DataError(
                f"`{targets}` has flows of the type {truths.dtype}", where, "store floating-point numbers of pixels"
            )
    elif truths.dtype.kind not in "ui" or truths.min() < 0 or truths.max() > LARGEST_LABEL:
        help = f"store whole numbers from 0, and {LARGEST_LABEL} for pixels without a label"
        raise DataError(f"`{targets}` has labels of the type {truths.dtype} from {truths.min()} to {truths.max()}", where, help)
    return values, truths
