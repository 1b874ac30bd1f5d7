"""What `data check` found in the folders of event recordings with classes, as data and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.data.data_set_report import DataSetReport, part_lines


@dataclass(frozen=True)
class RecordingFacts:
    """What was found in a recording.

    Attributes:
        label: The number of its class.
        events: Number of its events.
        duration_s: From the first to the last, in seconds.
        sensor: Height and width of the sensor; None if neither the data set nor the file tells.
        reach: Height and width of the pixels that have events.
    """

    label: int
    events: int
    duration_s: float
    sensor: tuple[int, int] | None
    reach: tuple[int, int]


@dataclass(frozen=True)
class EventClassReport:
    """The recordings of one class.

    Attributes:
        name: Name of the class.
        recordings: Number of its recordings that can be read and have events.
        events: Number of their events.
    """

    name: str
    recordings: int
    events: int


@dataclass(frozen=True)
class EventPartReport:
    """One part of a data set.

    Attributes:
        name: `train` or `test`.
        classes: Its classes, in the order of their numbers.
        sensors: The different sizes of the sensors, height and width, the smallest first.
        duration_s: The shortest and the longest recording in seconds; None if there is none.
        events: The fewest and the most events of a recording; likewise.
    """

    name: str
    classes: tuple[EventClassReport, ...]
    sensors: tuple[tuple[int, int], ...]
    duration_s: tuple[float, float] | None
    events: tuple[int, int] | None

    @property
    def recordings(self) -> int:
        """Number of recordings that can be read and have events."""
        return sum(c.recordings for c in self.classes)

    def lines(self) -> list[str]:
        """Several lines for a person."""
        more = ""
        if self.sensors:
            shown = dict.fromkeys(f"{height} x {width}" for height, width in (self.sensors[0], self.sensors[-1]))
            more += f", {' to '.join(shown)} pixels"
        if self.duration_s is not None and self.events is not None:
            noun = "event" if self.events == (1, 1) else "events"
            more += f", {_range('{:.3g}', *self.duration_s)} s, {_range('{:,}', *self.events)} {noun}"
        return part_lines(self.name, "recording", [(c.name, c.recordings, "") for c in self.classes], more)


EventSetReport = DataSetReport[EventPartReport]
"""A data set of event recordings with classes."""


def part_report(name: str, classes: Sequence[str], found: Sequence[RecordingFacts]) -> EventPartReport:
    """The report of a part from what was found in its recordings."""
    by_class = [[f for f in found if f.label == k] for k in range(len(classes))]
    reports = [EventClassReport(c, len(own), sum(f.events for f in own)) for c, own in zip(classes, by_class, strict=True)]
    sensors = sorted({f.sensor for f in found if f.sensor is not None}, key=lambda size: (size[0] * size[1], size))
    durations, events = [f.duration_s for f in found], [f.events for f in found]
    return EventPartReport(
        name,
        tuple(reports),
        tuple(sensors),
        (min(durations), max(durations)) if found else None,
        (min(events), max(events)) if found else None,
    )


def _range(form: str, low: float, high: float) -> str:
    return " to ".join(dict.fromkeys(form.format(value) for value in (low, high)))
