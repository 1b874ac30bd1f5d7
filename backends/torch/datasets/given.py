"""Data sets that are given in Python, as sources of images."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from spikegraph.data.data_sets import Samples
from spikegraph.errors import DataError


class Given:
    """The samples of a data set in Python, such as a `torch.utils.data.Dataset`: pairs of an image [C, H, W] and its class.

    Attributes:
        labels: The class of each, int64 [N].
        classes: The names of the classes: their numbers.
    """

    def __init__(self, samples: Samples, part: str, place: str) -> None:
        """Reads all labels.

        Args:
            samples: The data set.
            part: `training` or `test`, for messages.
            place: The declaration in the spec, for messages.

        Raises:
            DataError: A sample has another form.
        """
        self._samples, self._part, self._place = samples, part, place
        if not len(samples):
            raise DataError(f"{place}: the {part} set has no sample")
        self.image(0)
        self.labels = np.asarray([self._label(k) for k in range(len(samples))], np.int64)
        self.classes = tuple(map(str, range(int(self.labels.max()) + 1)))

    def image(self, index: int) -> NDArray[np.uint8] | NDArray[np.float32]:
        """One image [H, W, C]: uint8, or float32 as the network takes it."""
        image = self._sample(index)[0]
        pixels: NDArray[Any] = image.detach().cpu().numpy() if isinstance(image, torch.Tensor) else np.asarray(image)
        if pixels.ndim != 3 or pixels.dtype.kind not in "uf":
            why = f"its image has the shape {list(pixels.shape)} and the type {pixels.dtype}"
            raise self._refused(index, why, "give a tensor [C, H, W] of floating-point numbers, or of uint8")
        pixels = pixels.transpose(1, 2, 0)
        return pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)

    def _label(self, index: int) -> int:
        label = self._sample(index)[1]
        try:
            number = int(label)
        except (TypeError, ValueError) as error:
            raise self._refused(index, f"its class is {label!r}", "give a whole number, counted from 0") from error
        if number < 0 or number != label:
            raise self._refused(index, f"its class is {label!r}", "give a whole number, counted from 0")
        return number

    def _sample(self, index: int) -> tuple[Any, Any]:
        found: Any = self._samples[index]
        if not isinstance(found, tuple | list) or len(cast("Sequence[Any]", found)) != 2:
            raise self._refused(index, "it isn't a pair", "give an image and its class")
        return cast("tuple[Any, Any]", found)

    def _refused(self, index: int, why: str, help: str) -> DataError:
        return DataError(f"{self._place}: sample {index} of the {self._part} set: {why}", help=help)
