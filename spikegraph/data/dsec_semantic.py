"""DSEC-Semantic: label maps for sequences of DSEC (Sun et al., ECCV 2022), with the events before each of them.

The labels of a sequence are 8-bit grey PNG files of 440 x 640, the upper rows of the rectified left view, in order, with the
times in microseconds in a text file. They are published as `SEQUENCE/11classes/*.png` with
`SEQUENCE/SEQUENCE_semantic_timestamps.txt`; code that reads them has also moved them to the places below, which are all tried
(uzh-rpg/ess, `README.md`, `DSEC/dataset/sequence.py`; the order of the classes is in `utils/labels.py`). As in that code, the
first six labels of a sequence are left out, and the samples have every second of the others.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.content_hash import of_samples
from spikegraph.data.dsec import DSEC_LAYOUT, MICROSECONDS, SENSOR, camera, numbered, rectify_map, sequence_folder
from spikegraph.data.folders import needed
from spikegraph.data.image_file import read_grey
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples
from spikegraph.data.stacking import stack
from spikegraph.data.time_stamps import read_microseconds
from spikegraph.dsl.schema.map_datasets import DsecSemanticDataset

CLASSES = ("background", "building", "fence", "person", "pole", "road", "sidewalk", "vegetation", "car", "wall", "traffic sign")
IGNORED = 255
"""The label of pixels that belong to no class."""

ROWS = 440
"""Rows of the left view that have labels; the lower 40 have none."""

FIRST = 6
"""Number of the first label that is used: earlier ones have few events before them."""

LABELS = ("11classes/data", "11classes", "semantic/11classes/data", "semantic/left/11classes/data", "semantic/left/11classes")
TIMES = ("{}_semantic_timestamps.txt", "semantic/timestamps.txt", "semantic/{}_semantic_timestamps.txt",
         "semantic/left/{}_semantic_timestamps.txt")  # fmt: skip


@dataclass
class LabelledSequence:
    """The labels of one sequence, and the events before each.

    Attributes:
        folder: Folder of the sequence.
        stack: Duration of a time step in seconds.
        frames: Channels of a time step.
        steps: Time steps of a sample.
    """

    folder: Path
    stack: float
    frames: int
    steps: int
    labels: tuple[Path, ...] = field(init=False)
    times: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Reads the times and the map.

        Raises:
            DataError: A file is missing or damaged, or the numbers of labels and times differ.
        """
        self.labels = numbered(self._found(LABELS, "labels"), "labels")
        path = self._found(TIMES, "times of the labels")
        self.times = read_microseconds(path)
        if len(self.times) != len(self.labels):
            raise DataError(f"it has {len(self.times)} time stamps for {len(self.labels)} labels", path)
        self._map, self._camera = rectify_map(self.folder, "left"), camera(self.folder, "left")
        if not len(self._camera):
            raise DataError("there are no events in it", self._camera.path)

    def _found(self, places: Sequence[str], what: str) -> Path:
        paths = [self.folder / place.format(self.folder.name) for place in places]
        found = next((path for path in paths if path.exists()), None)
        if found is None:
            shown = ", ".join(str(path.relative_to(self.folder)) for path in paths)
            raise DataError(f"the sequence has no {what}", self.folder, f"they are looked for as {shown}")
        return found

    def label(self, number: int) -> NDArray[np.int64]:
        """Label map `number`, int64 [440, 640].

        Raises:
            DataError: The file is damaged, or a label is none of the classes.
        """
        labels = read_grey(self.labels[number], 8, (ROWS, SENSOR[1]))
        strange = labels[(labels >= len(CLASSES)) & (labels != IGNORED)]
        if strange.size:
            summary = f"it has the label {strange[0]}; labels are 0 to {len(CLASSES) - 1}, and {IGNORED} where there is none"
            raise DataError(summary, self.labels[number])
        return labels

    def sample(self, number: int) -> Sample:
        """The input `events`, float32 [T, C, 440, 640] of -1, 0, 1, and label map `number`, int64 [440, 640].

        Raises:
            DataError: A file is damaged, or a label is none of the classes.
        """
        labels, size = self.label(number), (ROWS, SENSOR[1])
        end = int(self.times[number]) / MICROSECONDS
        start = end - self.steps * self.stack
        raw = self._camera.between(math.floor(start * MICROSECONDS), int(self.times[number]))
        x, y, kept = self._map.apply(raw.x, raw.y)
        events: dict[str, Any] = {"x": x, "y": y, "t": raw.t[kept] / MICROSECONDS, "p": 2 * raw.p[kept] - 1}
        shape: dict[str, Any] = {"frames": self.steps * self.frames, "height": SENSOR[0], "width": SENSOR[1]}
        made = stack(**events, start=start, duration=self.steps * self.stack, **shape)[:, :ROWS]
        return Sample({"events": made.reshape(self.steps, self.frames, *size).astype(np.float32)}, labels, steps=self.steps)


@dataclass(frozen=True)
class LabelledSequences(Samples):
    """The samples of several sequences, one after the other.

    Attributes:
        sequences: The sequences.
        chosen: Sequence and label of each sample.
    """

    sequences: Sequence[LabelledSequence]
    chosen: Sequence[tuple[int, int]]

    @override
    def __len__(self) -> int:
        return len(self.chosen)

    @property
    @override
    def about(self) -> About:
        return About(CLASSES)

    @override
    def sample(self, index: int) -> Sample:
        sequence, number = self.chosen[index]
        return self.sequences[sequence].sample(number)

    @override
    def content(self) -> Iterator[bytes]:
        return of_samples(self.sample, len(self), "labels")


def read_semantic(dataset: DsecSemanticDataset, folder: Path | None) -> Read:
    """The samples of a declaration.

    Raises:
        DataError: A sequence is missing, unsound, or in both parts.
    """
    folder = needed(dataset, folder, DSEC_LAYOUT)
    both = sorted(set(dataset.train) & set(dataset.test))
    if both:
        raise DataError(f"the sequence `{both[0]}` is in `train` and in `test`", help="leave it in one of them")
    train, test = (_part(dataset, folder, names) for names in (dataset.train, dataset.test))
    origin = f"DSEC-Semantic, sequences: {len(dataset.train)} for train, {len(dataset.test)} for test ({folder})"
    return Read(train, test, origin)


def _part(dataset: DsecSemanticDataset, folder: Path, names: Sequence[str]) -> LabelledSequences:
    read = [
        LabelledSequence(sequence_folder(folder, name), dataset.stack, dataset.frames, dataset.steps)
        for name in names
    ]  # fmt: skip
    return LabelledSequences(
        read, [(k, number) for k, one in enumerate(read) for number in range(FIRST, len(one.labels), dataset.every)]
    )
