"""Checks folders of event recordings with classes: the published data sets, and recordings of one's own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from spikegraph.data.events.blocks import EventFile, require_inside
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.published import Findings, Part, PublishedSet, part_of
from spikegraph.data.events.published_sets import PUBLISHED
from spikegraph.data.events.report import EventSetReport, RecordingFacts, part_report
from spikegraph.data.events.sources import recordings_kind
from spikegraph.data.image_report import problem_text
from spikegraph.data.own_files import LIST, TEST, read_own
from spikegraph.errors import DataError

OnProgress = Callable[[int, int], None]
"""Called with the number of recordings that were read and their total."""

EXPECTED = "no event data set: specs read those of docs/events.md, and recordings in CLASS, or in train/CLASS and test/CLASS"

EMPTY = "there is no event (delete the recording, or make it again)"


def published_in(folder: Path) -> dict[str, PublishedSet]:
    """The published data sets that a folder has, by their names in a spec."""
    return {name: kind for name, kind in PUBLISHED.items() if kind.root(folder) is not None}


def has_recordings(folder: Path) -> bool:
    """Whether a folder has recordings of one's own: in folders of classes, or in a list."""
    kind = recordings_kind()
    if (folder / LIST).is_file():
        try:
            with (folder / LIST).open(encoding="utf-8-sig", newline="") as file:
                return any(kind.has(str(row.get("file", "")).strip()) for row in csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error):
            return False
    places = [at for part in ("train", "test", "val") if (at := folder / part).is_dir()] or [folder]
    return any(kind.has(file.name) and file.is_file() for place in places for file in _below(place))


def check_published(folder: Path, on_progress: OnProgress | None = None) -> Iterator[EventSetReport]:
    """Reads every recording of the published data sets in a folder.

    Args:
        folder: The folder that `--data` would name.
        on_progress: Called after each recording.
    """
    for name, kind in published_in(folder).items():
        root, found = kind.root(folder), Findings()
        assert root is not None
        train, test = kind.listed(root, TEST, 0, found)
        yield _checked(name, kind.layout, folder, {"train": train, "test": test}, kind, found, on_progress)


def check_own(folder: Path, on_progress: OnProgress | None = None) -> EventSetReport:
    """Reads every recording of one's own; where the test set is drawn, as a spec does it that says nothing else.

    Args:
        folder: The folder that `--data` would name.
        on_progress: Called after each recording.
    """
    layout = "CLASS, or a list"
    try:
        held = read_own(folder, recordings_kind(), TEST, 0)
    except DataError as error:
        return EventSetReport("events", layout, (), (problem_text(error, folder),), ())
    classes = tuple(sorted(held[0].keys() | held[1].keys()))
    listed = (((open_events(Path(path)), k) for k, name in enumerate(classes) for path in part.get(name, [])) for part in held)
    train, test = map(part_of, listed)
    return _checked("events", layout, folder, {"train": train, "test": test}, classes, Findings(), on_progress)


def _checked(
    source: str, layout: str, folder: Path, parts: Mapping[str, Part], kind: PublishedSet | tuple[str, ...],
    found: Findings, on_progress: OnProgress | None,
) -> EventSetReport:  # fmt: skip
    """The report of a data set, published or, with the names of its classes, of one's own."""
    classes, sensor = (kind, None) if isinstance(kind, tuple) else (kind.classes, kind.sensor)
    problems = [problem_text(error, folder) for error in found.problems]
    total, done = sum(len(part.files) for part in parts.values()), 0
    facts: dict[str, list[RecordingFacts]] = {name: [] for name in parts}
    for name, part in parts.items():
        for file, label in zip(part.files, part.labels.tolist(), strict=True):
            try:
                facts[name].append(_facts(file, label, sensor))
            except DataError as error:
                problems.append(problem_text(error, folder))
            done += 1
            if on_progress is not None:
                on_progress(done, total)
    notes = [*found.notes, *_sensors([fact for part in facts.values() for fact in part])]
    if not isinstance(kind, tuple) and not problems:
        notes += _sizes(tuple(len(part.files) for part in parts.values()), kind.published)
    reports = tuple(part_report(name, classes, facts[name]) for name in parts)
    return EventSetReport(source, layout, reports, tuple(problems), tuple(notes))


def _facts(file: EventFile, label: int, sensor: tuple[int, int] | None) -> RecordingFacts:
    """Reads a recording completely.

    Raises:
        DataError: It is damaged or empty, or an event lies outside of the sensor.
    """
    size = sensor or file.size()
    count, first, last, height, width = 0, 0, 0, 0, 0
    for block in file.blocks():
        if not len(block.t):
            continue
        if size is not None:
            require_inside(block, size, file)
        low, high = int(block.t.min()), int(block.t.max())
        first, last = (min(first, low), max(last, high)) if count else (low, high)
        height, width = max(height, int(block.y.max()) + 1), max(width, int(block.x.max()) + 1)
        count += len(block.t)
    if not count:
        raise DataError(f"{file.part}{EMPTY}", file.path)
    return RecordingFacts(label, count, (last - first) / 1e6, size, (height, width))


def _sensors(facts: list[RecordingFacts]) -> Iterator[str]:
    """What to know about the sizes of sensors."""
    unknown = [fact.reach for fact in facts if fact.sensor is None]
    if unknown:
        height, width = (max(sizes) for sizes in zip(*unknown, strict=True))
        yield (
            f"{len(unknown):,} recordings don't tell the size of their sensor; their events reach {height} x {width} pixels: "
            f"write `sensor = [{height}, {width}]`, or more, in the data set"
        )
    if len(known := {fact.sensor for fact in facts if fact.sensor is not None}) > 1:
        yield f"the sensors have {len(known)} sizes: write `size` in the data set, to which all are joined"


def _sizes(here: tuple[int, ...], published: tuple[int, int] | int | None) -> Iterator[str]:
    """A note where the number of recordings isn't the published one."""
    if isinstance(published, tuple) and here != published:
        shown = (f"{train:,} recordings for training and {test:,} for the test" for train, test in (here, published))
        yield ", instead of the published ".join(shown)
    if isinstance(published, int) and sum(here) != published:
        yield f"{sum(here):,} recordings, instead of the published {published:,}"


def _below(folder: Path) -> Iterator[Path]:
    """The files in the folders of a folder."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from entry.iterdir()
