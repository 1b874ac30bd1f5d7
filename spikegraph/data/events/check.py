"""Checks folders of event recordings with classes: the published data sets, and recordings of one's own."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import EventFile, require_inside
from spikegraph.data.events.coding import Coding, coding_of
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.published import Findings, Part, PublishedSet, part_of
from spikegraph.data.events.published_sets import PUBLISHED
from spikegraph.data.events.report import EventSetReport, RecordingFacts, part_report
from spikegraph.data.events.slicing import Survey
from spikegraph.data.events.sources import recordings_kind
from spikegraph.data.own_files import LIST, TEST, read_for_training
from spikegraph.data.problems import Checks, OnProgress, problem_text
from spikegraph.data.written_folders import files_in_folders
from spikegraph.dsl.schema.class_datasets import LARGEST_SENSOR, EventDataset, OwnEvents
from spikegraph.dsl.schema.dataset import Dataset

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
    return any(kind.has(file.name) and file.is_file() for place in places for file in files_in_folders(place))


def check_published(
    folder: Path, on_progress: OnProgress | None = None, dataset: Dataset | None = None
) -> Iterator[EventSetReport]:
    """Reads every recording of the published data sets in a folder.

    Args:
        folder: The folder that `--data` would name.
        on_progress: Called after each recording.
        dataset: The declaration that reads one of them, if it is known.
    """
    for name, kind in published_in(folder).items():
        root, found = kind.root(folder), Findings()
        assert root is not None
        declared = dataset if isinstance(dataset, EventDataset) and dataset.source == name else None
        share, seed = (declared.test, declared.split_seed) if isinstance(declared, OwnEvents) else (TEST, 0)
        train, test = kind.listed(root, share, seed, found)
        yield _checked(name, kind.layout, folder, {"train": train, "test": test}, kind, found, on_progress, declared)


def check_own(folder: Path, on_progress: OnProgress | None = None, dataset: Dataset | None = None) -> EventSetReport:
    """Reads every recording of one's own.

    Args:
        folder: The folder that `--data` would name.
        on_progress: Called after each recording.
        dataset: The declaration that reads them; where the test set is drawn, None draws it as a spec that says nothing else.
    """
    layout = "CLASS, or a list"
    declared = dataset if isinstance(dataset, OwnEvents) and dataset.source == "events" else None
    share, seed = (TEST, 0) if declared is None else (declared.test, declared.split_seed)
    checks = Checks(folder)
    held = checks.of(read_for_training, folder, recordings_kind(), share, seed)
    if held is None:
        return EventSetReport("events", layout, (), tuple(checks.problems), ())
    classes = tuple(sorted(held[0].keys() | held[1].keys()))
    listed = (((open_events(Path(path)), k) for k, name in enumerate(classes) for path in part.get(name, [])) for part in held)
    train, test = map(part_of, listed)
    return _checked("events", layout, folder, {"train": train, "test": test}, classes, Findings(), on_progress, declared)


def _checked(
    source: str, layout: str, folder: Path, parts: Mapping[str, Part], kind: PublishedSet | tuple[str, ...],
    found: Findings, on_progress: OnProgress | None, declared: EventDataset | None,
) -> EventSetReport:  # fmt: skip
    """The report of a data set, published or, with the names of its classes, of one's own."""
    classes, sensor = (kind, None) if isinstance(kind, tuple) else (kind.classes, kind.sensor)
    coding = None if declared is None else coding_of(declared.events(), sensor)
    checks = Checks(folder, on_progress, sum(len(part.files) for part in parts.values()))
    checks.problems += [problem_text(error, folder) for error in found.problems]
    facts: dict[str, list[RecordingFacts]] = {}
    for name, part in parts.items():
        files = zip(part.files, part.labels.tolist(), strict=True)
        read = (checks.file(facts_of, file, label, sensor, coding) for file, label in files)
        facts[name] = [fact for fact in read if fact is not None]
    needs = () if declared is not None else tuple(_needed([fact for part in facts.values() for fact in part]))
    notes = [*found.notes]
    if not isinstance(kind, tuple) and not checks.problems:
        notes += _sizes(tuple(len(part.files) for part in parts.values()), kind.published)
    reports = tuple(part_report(name, classes, facts[name]) for name in parts)
    return EventSetReport(source, layout, reports, tuple(checks.problems), tuple(notes), needs)


def facts_of(file: EventFile, label: int, sensor: tuple[int, int] | None, coding: Coding | None) -> RecordingFacts:
    """Reads a recording completely, and checks all that its encoding would.

    Raises:
        DataError: It is damaged or empty, lasts too long, or an event lies outside of the sensor; or the declaration can't read
            it.
    """
    size = coding.sizes(file)[0] if coding is not None else sensor or file.size()
    found, height, width = Survey(file), 0, 0
    for block in file.blocks():
        if not len(block.t):
            continue
        if size is not None:
            require_inside(block, size, file)
        else:
            require_inside(block, (LARGEST_SENSOR, LARGEST_SENSOR), file)
        found.add(block)
        height, width = max(height, int(block.y.max()) + 1), max(width, int(block.x.max()) + 1)
    if not found.count:
        raise DataError(f"{file.part}{EMPTY}", file.path)
    found.require_sound()
    return RecordingFacts(label, found.count, (found.last - found.first) / 1e6, size, (height, width))


def _needed(facts: list[RecordingFacts]) -> Iterator[str]:
    """What a declaration must say so that the recordings can be read."""
    unknown = [fact.reach for fact in facts if fact.sensor is None]
    if unknown:
        height, width = (max(sizes) for sizes in zip(*unknown, strict=True))
        yield (
            f"`sensor = [{height}, {width}]`, or more: {len(unknown):,} recordings don't tell the size of their sensor, and "
            "their events reach so far"
        )
    if len(known := {fact.sensor for fact in facts if fact.sensor is not None}) > 1:
        yield f"`size = [...]`, to which all are joined: the sensors have {len(known)} sizes"


def _sizes(here: tuple[int, ...], published: tuple[int, int] | int | None) -> Iterator[str]:
    """A note where the number of recordings isn't the published one."""
    if isinstance(published, tuple) and here != published:
        shown = (f"{train:,} recordings for training and {test:,} for the test" for train, test in (here, published))
        yield ", instead of the published ".join(shown)
    if isinstance(published, int) and sum(here) != published:
        yield f"{sum(here):,} recordings, instead of the published {published:,}"
