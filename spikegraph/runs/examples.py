"""`examples.npz`: a few predictions of a trained network, with inputs and ground truth."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.json_file import check_version

FORMAT_VERSION = 1
META = "meta"
"""The array that holds names and versions, as JSON."""
RESTORE = "run `spikegraph evaluate RUN --examples` to write it again"


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
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta: dict[str, Any] = json.loads(str(arrays[META]))
        check_version(path, meta["format_version"], FORMAT_VERSION)
        return _read(arrays, meta)
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise RunFolderError(f"can't be read: {error}", RESTORE, path=path) from error


def _read(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Examples:
    stereo = tuple(
        StereoExample(str(name), *(arrays[f"stereo{k}.{part}"] for part in ("left", "right", "truth", "predicted")))
        for k, name in enumerate(meta["stereo"])
    )
    images = tuple(
        ImageExample(arrays[f"image{k}.image"], int(truth), arrays[f"image{k}.probabilities"])
        for k, truth in enumerate(meta["images"])
    )
    return Examples(stereo, images, tuple(map(str, meta["classes"])))
