"""`examples.npz`: a few predictions of a trained network, with inputs and ground truth."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, create_model
from typing_extensions import override

from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry
from spikegraph.runs.array_file import LARGEST, read_archive, reading, write_archive
from spikegraph.runs.confusion import Class
from spikegraph.runs.json_file import STRICT, check_version, read_bytes

FORMAT_VERSION = 1
META = "meta"
"""The array that holds names and versions, as JSON."""
ALWAYS = ("stereo", "images")
"""The lists that this version of the file has even if they are empty."""
RESTORE = "delete it; `spikegraph evaluate RUN --examples` writes one again, if the run has one"

_REPORT = "spikegraph.backends.report"


@dataclass(frozen=True)
class Stored:
    """The arrays of an example in the file.

    Attributes:
        at: What its arrays are called before the dot.
        file: All arrays of the file.
    """

    at: str
    file: Mapping[str, NDArray[Any]]

    def array(self, part: str, kind: type[np.generic], axes: int, *, images: bool = True) -> NDArray[Any]:
        """An array that isn't empty, of this type and number of axes; images don't have two channels.

        Raises:
            KeyError: There is none.
            ValueError: It is another one.
        """
        name = f"{self.at}.{part}"
        found = self.file[name]
        if found.dtype != kind or found.ndim != axes or not found.size or (images and axes == 3 and found.shape[2] == 2):
            raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, which isn't what spikegraph writes")
        return found

    def require_one_size(self, sizes: set[tuple[int, ...]]) -> None:
        """Raises a `ValueError` unless pictures have the same height and width."""
        if len(sizes) > 1:
            raise ValueError(f"the views of {self.at} have different sizes")


class Example(ABC):
    """The prediction for one sample.

    A kind is drawn from its `views`, or by functions of its own.

    Attributes:
        kind: The name of the kind in `EXAMPLES`, and of its arrays in the file; all examples of a run are of one kind.
        many: The name of the list of the `facts` of all in the file.
        fact: The type of its `facts`.
        drawn: Draws the examples of a run for the report: called with `Examples` and the name of a heading's element.
        compared: Draws the same samples of several runs beside each other for a figure: called with a list for each sample,
            which has an example for each run, and the record of the first run. None if no figure shows this kind.
        name: The name of the sample.
    """

    kind: ClassVar[str]
    many: ClassVar[str]
    fact: ClassVar[Any] = str
    drawn: ClassVar[Callable[..., Any]] = later(f"{_REPORT}.sections.examples:views")
    compared: ClassVar[Callable[..., Any] | None] = later(f"{_REPORT}.paper.maps:views")
    name: str

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Its arrays by name."""

    @abstractmethod
    def facts(self) -> Any:
        """What else is stored of it, as JSON."""

    @classmethod
    @abstractmethod
    def read(cls, stored: Stored, facts: Any) -> Self:
        """The example with these arrays and facts.

        Raises:
            KeyError: An array is missing.
            ValueError: An array isn't what such an example stores.
        """

    def views(self) -> Mapping[str, NDArray[np.uint8]]:
        """Pictures [H, W, 3] by what they show, such as `true points`. The last one is the prediction."""
        return {}

    @property
    def note(self) -> str:
        """How good the prediction is, in a few words; may be empty."""
        return ""

    @property
    def of(self) -> str:
        """What is predicted: a figure compares runs of which it is the same."""
        return self.kind


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
    kind = many = "stereo"
    drawn = later(f"{_REPORT}.sections.examples:stereo")
    compared = later(f"{_REPORT}.paper.maps:stereo")

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"left": self.left, "right": self.right, "truth": self.truth, "predicted": self.predicted}

    @override
    def facts(self) -> str:
        return self.name

    @classmethod
    @override
    def read(cls, stored: Stored, facts: str) -> Self:
        left, right = (stored.array(part, np.int8, 2) for part in ("left", "right"))
        truth, predicted = (stored.array(part, np.float32, 2) for part in ("truth", "predicted"))
        stored.require_one_size({view.shape for view in (left, right, truth, predicted)})
        return cls(facts, left, right, truth, predicted)


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
    name = ""
    kind, many = "image", "images"
    fact = Class
    drawn = later(f"{_REPORT}.sections.examples:images")
    compared = None

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"image": self.image, "probabilities": self.probabilities}

    @override
    def facts(self) -> int:
        return self.truth

    @classmethod
    @override
    def read(cls, stored: Stored, facts: int) -> Self:
        image, shares = stored.array("image", np.uint8, 3), stored.array("probabilities", np.float32, 1)
        if not ((shares >= 0) & (shares <= 1.001)).all():
            raise ValueError(f"{stored.at}.probabilities has a value that is no probability")
        return cls(image, facts, shares)


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
    kind, many = "map", "maps"
    fact = tuple[str, str]
    drawn = later(f"{_REPORT}.sections.examples:maps")
    compared = later(f"{_REPORT}.paper.maps:maps")

    @override
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"image": self.image, "truth": self.truth, "predicted": self.predicted}

    @override
    def facts(self) -> tuple[str, str]:
        return self.task, self.name

    @property
    @override
    def of(self) -> str:
        return self.task

    @classmethod
    @override
    def read(cls, stored: Stored, facts: tuple[str, str]) -> Self:
        image = stored.array("image", np.uint8, 3)
        truth, predicted = (stored.array(part, np.float32, 3, images=False) for part in ("truth", "predicted"))
        stored.require_one_size({image.shape, *((*values.shape[1:], 3) for values in (truth, predicted))})
        return cls(*facts, image, truth, predicted)


EXAMPLES: Registry[type[Example]] = Registry(
    "kind of example",
    "spikegraph.tasks",
    {example.kind: example for example in (StereoExample, ImageExample, MapExample)},
    needed=False,
    kind=type,
)
"""All kinds of examples by name. A task of a plug-in brings its own, `Task.kinds`."""


@dataclass(frozen=True)
class Examples:
    """The predictions that a run stores.

    Attributes:
        found: The samples with their predictions, of one kind.
        classes: Names of the classes; empty if the data set has none.
    """

    found: tuple[Example, ...] = ()
    classes: tuple[str, ...] = ()


def write_examples(path: Path, examples: Examples) -> None:
    """Writes the file; after an error, no partial file is left.

    Raises:
        OSError: The file can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    facts: dict[str, list[Any]] = {name: [] for name in ALWAYS}
    for k, example in enumerate(examples.found):
        arrays |= {f"{example.kind}{k}.{name}": array for name, array in example.arrays().items()}
        facts.setdefault(example.many, []).append(example.facts())
    meta = {"format_version": FORMAT_VERSION, **facts, "classes": list(examples.classes)}
    write_archive(path, arrays, META, meta)


def read_examples(path: Path) -> Examples | None:
    """The examples of a run, of the kinds that are registered; None if there is no such file.

    Raises:
        RunFolderError: The file can't be read, or has another format version.
    """
    if not path.exists():
        return None
    with reading(path, RESTORE):
        arrays = read_archive(read_bytes(path, RESTORE, LARGEST))
        kinds = tuple(EXAMPLES.values())
        meta = TypeAdapter(_meta(kinds)).validate_json(str(arrays[META]))
        check_version(path, meta.format_version, FORMAT_VERSION)
        found = [
            kind.read(Stored(f"{kind.kind}{k}", arrays), facts)
            for kind in kinds
            for k, facts in enumerate(getattr(meta, kind.many))
        ]
        return Examples(tuple(found), meta.classes)


def _meta(kinds: Iterable[type[Example]]) -> Any:
    """The record of the JSON in the file: its version, the names of classes, and a list of the facts of each kind."""
    lists = {kind.many: (GenericAlias(tuple, (kind.fact, ...)), ... if kind.many in ALWAYS else ()) for kind in kinds}
    fields: dict[str, Any] = {"format_version": (int, ...), **lists, "classes": (tuple[str, ...], ...)}
    return create_model("Meta", __config__=STRICT, **fields)
