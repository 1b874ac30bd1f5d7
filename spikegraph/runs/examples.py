"""`examples.npz`: a few predictions of a trained network, with inputs and ground truth."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as record
from typing_extensions import override

from spikegraph.runs.array_file import LARGEST, read_archive, reading, write_archive
from spikegraph.runs.confusion import Class
from spikegraph.runs.json_file import STRICT, check_version, read_bytes

FORMAT_VERSION = 1
META = "meta"
"""The array that holds names and versions, as JSON."""
RESTORE = "delete it; `spikegraph evaluate RUN --examples` writes one again, if the run has one"


class Example(ABC):
    """The prediction for one sample."""

    kind: ClassVar[str]
    """What its arrays are called in the file; all examples of a run are of one kind."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Its arrays by name."""

    @abstractmethod
    def facts(self) -> Any:
        """What else is stored of it, as JSON."""


@dataclass(frozen=True)
class StereoExample(Example):
    """One frame of a recording.

    Attributes:
        name: Recording and number of the frame.
        left: Polarities of the left view, summed over the frames of its stack, int8 [H, W].
        right: The same for the right view.
        truth: True disparity in pixels, float32 [H, W]; inf where it isn't known.
        predicted: Predicted disparity in pixels, float32 [H, W].
    """

    name: str
    left: NDArray[np.int8]
    right: NDArray[np.int8]
    truth: NDArray[np.float32]
    predicted: NDArray[np.float32]
    kind = "stereo"

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"left": self.left, "right": self.right, "truth": self.truth, "predicted": self.predicted}

    @override
    def facts(self) -> str:
        return self.name


@dataclass(frozen=True)
class ImageExample(Example):
    """One image.

    Attributes:
        image: The image as in the data set, uint8 [H, W, C].
        truth: The index of its class.
        probabilities: Softmax of the logits, float32 [classes].
    """

    image: NDArray[np.uint8]
    truth: int
    probabilities: NDArray[np.float32]
    kind = "image"

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"image": self.image, "probabilities": self.probabilities}

    @override
    def facts(self) -> int:
        return self.truth


@dataclass(frozen=True)
class MapExample(Example):
    """One sample with a target for each pixel.

    Attributes:
        task: The name of the task.
        name: The name of the sample.
        image: Its input as a picture, uint8 [H, W, 3].
        truth: The target, numbers [K, H, W], not finite where it isn't known, or labels [1, H, W]; float32.
        predicted: The prediction, likewise.
    """

    task: str
    name: str
    image: NDArray[np.uint8]
    truth: NDArray[np.float32]
    predicted: NDArray[np.float32]
    kind = "map"

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"image": self.image, "truth": self.truth, "predicted": self.predicted}

    @override
    def facts(self) -> tuple[str, str]:
        return self.task, self.name


@dataclass(frozen=True)
class Examples:
    """The predictions that a run stores.

    Attributes:
        found: The samples with their predictions, of one kind.
        classes: Names of the classes; empty if the data set has none.
    """

    found: tuple[Example, ...] = ()
    classes: tuple[str, ...] = ()


_PLURALS = {"stereo": "stereo", "image": "images", "map": "maps"}
"""What the list of each kind is called in the file."""


def write_examples(path: Path, examples: Examples) -> None:
    """Writes the file; after an error, no partial file is left.

    Raises:
        OSError: The file can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    facts: dict[str, list[Any]] = {"stereo": [], "image": []}
    for k, example in enumerate(examples.found):
        arrays |= {f"{example.kind}{k}.{name}": array for name, array in example.arrays().items()}
        facts.setdefault(example.kind, []).append(example.facts())
    named = {_PLURALS[kind]: found for kind, found in facts.items()}
    meta = {"format_version": FORMAT_VERSION, **named, "classes": list(examples.classes)}
    write_archive(path, arrays, META, meta)


def read_examples(path: Path) -> Examples | None:
    """The examples of a run; None if there is no such file.

    Raises:
        RunFolderError: The file can't be read, or has another format version.
    """
    if not path.exists():
        return None
    with reading(path, RESTORE):
        arrays = read_archive(read_bytes(path, RESTORE, LARGEST))
        meta = _META.validate_json(str(arrays[META]))
        check_version(path, meta.format_version, FORMAT_VERSION)
        return _read(arrays, meta)


@record(frozen=True, config=STRICT)
class _Meta:
    """Names and versions, as JSON in the file."""

    format_version: int
    stereo: tuple[str, ...]
    images: tuple[Class, ...]
    classes: tuple[str, ...]
    maps: tuple[tuple[str, str], ...] = ()


_META = TypeAdapter(_Meta)


def _read(arrays: Mapping[str, NDArray[Any]], meta: _Meta) -> Examples:
    stereo = tuple(
        StereoExample(name, *_views(arrays, f"stereo{k}", (np.int8, np.int8, np.float32, np.float32)))
        for k, name in enumerate(meta.stereo)
    )
    images = tuple(
        ImageExample(_array(arrays, f"image{k}.image", np.uint8, 3), truth, _probabilities(arrays, f"image{k}.probabilities"))
        for k, truth in enumerate(meta.images)
    )
    maps = tuple(_map(arrays, f"map{k}", *names) for k, names in enumerate(meta.maps))
    return Examples((*stereo, *images, *maps), meta.classes)


def _map(arrays: Mapping[str, NDArray[Any]], at: str, task: str, name: str) -> MapExample:
    image = _array(arrays, f"{at}.image", np.uint8, 3)
    truth, predicted = (_array(arrays, f"{at}.{part}", np.float32, 3, images=False) for part in ("truth", "predicted"))
    if image.shape[2] != 3 or len({image.shape[:2], truth.shape[1:], predicted.shape[1:]}) > 1:
        raise ValueError(f"the views of {at} have different sizes")
    return MapExample(task, name, image, truth, predicted)


def _views(arrays: Mapping[str, NDArray[Any]], name: str, kinds: Sequence[type[np.generic]]) -> list[NDArray[Any]]:
    """The views of a frame, all of one size."""
    parts = ("left", "right", "truth", "predicted")
    found = [_array(arrays, f"{name}.{part}", kind, 2) for part, kind in zip(parts, kinds, strict=True)]
    if len({view.shape for view in found}) > 1:
        raise ValueError(f"the views of {name} have different sizes")
    return found


def _probabilities(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    found = _array(arrays, name, np.float32, 1)
    if not ((found >= 0) & (found <= 1.001)).all():
        raise ValueError(f"{name} has a value that is no probability")
    return found


def _array(
    arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic], axes: int, *, images: bool = True
) -> NDArray[Any]:
    """An array that isn't empty, of this type and number of axes; images don't have two channels."""
    found = arrays[name]
    if found.dtype != kind or found.ndim != axes or not found.size or (images and axes == 3 and found.shape[2] == 2):
        raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, which isn't what spikegraph writes")
    return found
