"""DVS Gesture: hand and arm gestures of 29 persons before a DVS128, several in each recording.

Amir et al., A Low Power, Fully Event-Based Gesture Recognition System, CVPR 2017; files, labels and licence at
https://research.ibm.com/interactive/dvsgesture/. The classes are those of its `gesture_mapping.csv`. The published label of
class 9 in `user22_led_labels.csv` ends after the next gesture has begun; it is used as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.reading import read_plain
from spikegraph.data.events.address_events import AedatFile
from spikegraph.data.events.published import Findings, Part, folder_with, part_of
from spikegraph.data.events.recordings import Clip
from spikegraph.dsl.schema.names import leads_out

LISTS = ("trials_to_train.txt", "trials_to_test.txt")
"""The lists of the recordings of the training and of the test set."""

COLUMNS = "class,startTime_usec,endTime_usec"
LARGEST_TEXT = 1 << 20


@dataclass(frozen=True)
class Gestures:
    """The data set; a sample is a gesture, `start <= t < end` of a recording."""

    layout: str = "DVS Gesture is in a folder with trials_to_train.txt, trials_to_test.txt and user01_led.aedat, "\
        "user01_led_labels.csv and so on, from DvsGesture.tar.gz"  # fmt: skip
    sensor: tuple[int, int] = (128, 128)
    classes: tuple[str, ...] = (
        "hand_clapping", "right_hand_wave", "left_hand_wave", "right_arm_clockwise", "right_arm_counter_clockwise",
        "left_arm_clockwise", "left_arm_counter_clockwise", "arm_roll", "air_drums", "air_guitar", "other_gestures",
    )  # fmt: skip
    published: tuple[int, int] | int | None = (1_176, 288)

    def root(self, folder: Path) -> Path | None:
        """As `PublishedSet`."""
        return folder_with(folder, LISTS, all_of=False)

    def listed(self, root: Path, test: float, seed: int, found: Findings) -> tuple[Part, Part]:
        """As `PublishedSet`; the publisher's lists part it."""
        seen: dict[str, str] = {}
        train, tested = (part_of(self._trials(root, name, seen, found)) for name in LISTS)
        return train, tested

    def _trials(self, root: Path, name: str, seen: dict[str, str], found: Findings) -> Iterator[tuple[Clip, int]]:
        """The gestures of the recordings in a list."""
        path, count = root / name, 0
        for line, trial in _lines(path, found):
            count += 1
            where = f"line {line}: "
            labels = f"{trial.removesuffix('.aedat')}_labels.csv"
            if not trial.endswith(".aedat") or leads_out(trial):
                problem = DataError(f"{where}`{trial}` isn't the name of a recording", path, "such as user01_led.aedat")
            elif trial in seen:
                problem = DataError(f"{where}`{trial}` is in {seen[trial]} already", path, "delete one of the two lines")
            elif missing := next((file for file in (trial, labels) if not (root / file).is_file()), None):
                problem = DataError(f"{where}there is no file `{missing}`", path, "unpack DvsGesture.tar.gz again")
            else:
                seen[trial] = f"line {line} of {name}"
                yield from self._gestures(root / trial, root / labels, found)
                continue
            found.problems.append(problem)
        if not count and path.is_file():
            found.problems.append(DataError("it lists no recording", path, self.layout))

    def _gestures(self, recording: Path, labels: Path, found: Findings) -> Iterator[tuple[Clip, int]]:
        """The gestures of a recording."""
        lines = list(_lines(labels, found))
        if lines and lines[0][1].replace(" ", "") != COLUMNS:
            found.problems.append(
                DataError(f"line {lines[0][0]}: it is `{lines[0][1]}`", labels, f"its first line is {COLUMNS}")
            )
            return
        if labels.is_file() and len(lines) < 2:
            found.problems.append(DataError("it lists no gesture", labels, "unpack DvsGesture.tar.gz again"))
        last = 0
        for line, row in lines[1:]:
            values = [value.strip() for value in row.split(",")]
            if len(values) != 3 or not all(value.isascii() and value.isdigit() for value in values):
                summary = f"line {line}: `{row}` isn't a class, a start and an end in microseconds"
                found.problems.append(DataError(summary, labels, "write three whole numbers, such as 1,80048239,85092709"))
                continue
            label, start, end = map(int, values)
            if not 1 <= label <= len(self.classes):
                summary = f"line {line}: the class is {label}, not from 1 to {len(self.classes)}"
                found.problems.append(DataError(summary, labels, "correct the line, or delete it"))
            elif end <= start:
                summary = f"line {line}: the gesture ends at {end} us, but begins at {start} us"
                found.problems.append(DataError(summary, labels, "correct the line, or delete it"))
            else:
                if start < last:
                    found.notes.append(f"{labels.name}: line {line}: the gesture begins before the last one has ended")
                last = end
                yield Clip(AedatFile(recording), start, end), label - 1


def _lines(path: Path, found: Findings) -> Iterator[tuple[int, str]]:
    """The lines of a text that aren't empty, with their numbers."""
    try:
        text = read_plain(path, LARGEST_TEXT).decode("utf-8-sig")
    except UnicodeDecodeError:
        found.problems.append(DataError("it isn't text in UTF-8", path, "unpack DvsGesture.tar.gz again"))
    except FileNotFoundError:
        found.problems.append(DataError("the file is missing", path, "unpack DvsGesture.tar.gz again"))
    except OSError as error:
        found.problems.append(DataError(f"it can't be read: {error.strerror or error}", path))
    else:
        yield from ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip())


DVS_GESTURE = Gestures()
