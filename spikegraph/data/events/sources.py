"""The readers of the data sets of labelled recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.cache import cache_folder
from spikegraph.base.nearest import listed
from spikegraph.data.boxes import require_recordings
from spikegraph.data.events.blocks import EventFile
from spikegraph.data.events.coding import coding_of
from spikegraph.data.events.formats import open_events, suffixes
from spikegraph.data.events.published import read_published
from spikegraph.data.events.published_sets import PUBLISHED
from spikegraph.data.events.recordings import Recordings
from spikegraph.data.events.sample_cache import SampleCache, is_read_here
from spikegraph.data.events.small import SENSOR, read_moved
from spikegraph.data.folders import needed
from spikegraph.data.image_folder import FileKind, numbered
from spikegraph.data.own_files import TEST, read_own, unread
from spikegraph.data.source import Read
from spikegraph.dsl.schema.class_datasets import EventDataset, OwnEvents
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS

SMALL_NOTE = (
    "these are 4,000 training and 1,000 test images of Fashion-MNIST, moved before a simulated event camera of 34 x 34 pixels: "
    "real images, simulated events"
)
KEPT = "encoded samples are kept in {folder}; `cache = none` in the data set makes them anew each time"
NOT_KEPT = "samples of the encoding `{name}` are made anew each time, since its plug-in may change"
NOT_KEPT_OF = "samples of {suffixes} recordings are made anew each time, since the plug-in that reads them may change"


def recordings_kind() -> FileKind:
    """The files of recordings."""
    return FileKind("recording", suffixes())


def recordings(
    dataset: EventDataset, files: Sequence[EventFile], labels: NDArray[np.int64], classes: tuple[str, ...],
    sensor: tuple[int, int] | None = None,
) -> Recordings:  # fmt: skip
    """Recordings of a data set, encoded as its declaration says.

    Args:
        dataset: The declaration.
        files: The recordings.
        labels: Their classes, int64 [N].
        classes: The names of the classes.
        sensor: Height and width of the sensor, if the source knows them.
    """
    cache = SampleCache(encoded_folder()) if dataset.cache == "disk" else None
    return Recordings(tuple(files), labels, classes, coding_of(dataset.events(), sensor), cache)


def encoded_folder() -> Path:
    """The folder of encoded samples."""
    return cache_folder() / "encoded"


def notes(dataset: EventDataset, *parts: Recordings) -> tuple[str, ...]:
    """What to say about the cache of the parts of a data set."""
    if dataset.cache == "none":
        return ()
    name = dataset.events().encoding
    if not EVENT_ENCODINGS.is_built_in(name):
        return (NOT_KEPT.format(name=name),)
    files = [file for part in parts for file in part.files]
    others = sorted({file.path.suffix for file in files if not is_read_here(file)})
    kept = () if others and not any(map(is_read_here, files)) else (KEPT.format(folder=encoded_folder()),)
    return (*kept, *([NOT_KEPT_OF.format(suffixes=listed(others, last="and"))] if others else []))


def own(dataset: OwnEvents, folder: Path | None) -> Read:
    """Recordings of one's own."""
    folder = needed(dataset, folder)
    parts = read_own(folder, recordings_kind(), dataset.test, dataset.split_seed)
    train, test = (_recordings(dataset, part) for part in parts)
    return Read(train, test, f"recordings ({folder})", (*unread(folder, parts[0]), *notes(dataset, train, test)))


def _recordings(dataset: OwnEvents, part: Mapping[str, Sequence[str]]) -> Recordings:
    """The recordings of a part, by class."""
    paths, labels, classes = numbered(part)
    require_recordings(paths)
    return recordings(dataset, [open_events(Path(path)) for path in paths], labels, classes)


def published(dataset: EventDataset, folder: Path | None) -> Read:
    """The recordings of a published data set."""
    folder = needed(dataset, folder)
    kind = PUBLISHED[dataset.source]
    share, seed = (dataset.test, dataset.split_seed) if isinstance(dataset, OwnEvents) else (TEST, 0)
    parts = read_published(kind, folder, share, seed)
    train, test = (recordings(dataset, *part, kind.classes, kind.sensor) for part in parts)
    return Read(train, test, f"{dataset.source} ({folder})", notes(dataset, train, test))


def small(dataset: EventDataset, folder: Path | None) -> Read:
    """The small Fashion-MNIST, moved before a simulated event camera."""
    *parts, train, test = read_moved()
    coding = coding_of(dataset.events(), SENSOR)
    read, held = (
        Recordings(tuple(files), images.labels, images.classes, coding)
        for files, images in zip(parts, (train, test), strict=True)
    )
    return Read(read, held, "the small Fashion-MNIST, moved before a simulated event camera", (SMALL_NOTE,))
