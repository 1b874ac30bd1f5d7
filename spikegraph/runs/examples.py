"""`examples.npz`: a few predictions of a trained network, with inputs and ground truth."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as record

from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.array_file import LARGEST, read_archive
from spikegraph.runs.confusion import Class
from spikegraph.runs.json_file import STRICT, check_version, problem, read_bytes

FORMAT_VERSION = 1
META = "meta"
"""The array that holds names and versions, as JSON."""
RESTORE = "delete it; `spikegraph evaluate RUN --examples` writes one again, if the run has one"


@dataclass(frozen=True)
class StereoExample:
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


@dataclass(frozen=True)
class ImageExample:
    """One image.

    Attributes:
        image: The image as in the data set, uint8 [H, W, C].
        truth: The index of its class.
        probabilities: Softmax of the logits, float32 [classes].
    """

    image: NDArray[np.uint8]
    truth: int
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """The predictions that a run stores.

    Attributes:
        stereo: Frames of event stereo.
        images: Images of classification.
        classes: Names of the classes; empty if the data set has none.
    """

    stereo: tuple[StereoExample, ...] = ()
    images: tuple[ImageExample, ...] = ()
    classes: tuple[str, ...] = ()


def write_examples(path: Path, examples: Examples) -> None:
    """Writes the file; after an error, no partial file is left.

    Raises:
        OSError: The file can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for k, stereo in enumerate(examples.stereo):
        views = {"left": stereo.left, "right": stereo.right, "truth": stereo.truth, "predicted": stereo.predicted}
        arrays |= {f"stereo{k}.{name}": array for name, array in views.items()}
    for k, image in enumerate(examples.images):
        arrays |= {f"image{k}.image": image.image, f"image{k}.probabilities": image.probabilities}
    meta = {
        "format_version": FORMAT_VERSION,
        "stereo": [e.name for e in examples.stereo],
        "images": [e.truth for e in examples.images],
        "classes": list(examples.classes),
    }
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays, **{META: np.array(json.dumps(meta))})
    write_whole(path, file.getvalue())


def read_examples(path: Path) -> Examples | None:
    """The examples of a run; None if there is no such file.

    Raises:
        RunFolderError: The file can't be read, or has another format version.
    """
    if not path.exists():
        return None
    try:
        arrays = read_archive(read_bytes(path, RESTORE, LARGEST))
        meta = _META.validate_json(str(arrays[META]))
        check_version(path, meta.format_version, FORMAT_VERSION)
        return _read(arrays, meta)
    except ValidationError as error:
        raise RunFolderError(f"can't be read: {problem(error, b'')}", RESTORE, path=path) from error
    except KeyError as error:
        raise RunFolderError(f"can't be read: it has no array {error}", RESTORE, path=path) from error
    except ValueError as error:
        raise RunFolderError(f"can't be read: {error}", RESTORE, path=path) from error


@record(frozen=True, config=STRICT)
class _Meta:
    """Names and versions, as JSON in the file."""

    format_version: int
    stereo: tuple[str, ...]
    images: tuple[Class, ...]
    classes: tuple[str, ...]


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
    return Examples(stereo, images, meta.classes)


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


def _array(arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic], axes: int) -> NDArray[Any]:
    """An array that isn't empty, of this type and number of axes; images don't have two channels."""
    found = arrays[name]
    if found.dtype != kind or found.ndim != axes or not found.size or (axes == 3 and found.shape[2] == 2):
        raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, which isn't what spikegraph writes")
    return found
