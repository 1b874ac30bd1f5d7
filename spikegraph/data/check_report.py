"""The result of `data check`, as data and as text."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spikegraph.data.dsec_report import SequenceReport
from spikegraph.data.events.report import EventSetReport
from spikegraph.data.image_report import ImageReport
from spikegraph.data.problems import finding_lines

FORMAT_VERSION = 1


@dataclass(frozen=True)
class EventsReport:
    """The events of one camera.

    Attributes:
        side: `left` or `right`.
        count: Number of events.
        duration_s: From the first to the last, in seconds.
        rate_per_s: Events per second.
        positive_percent: Share of polarity +1.
    """

    side: str
    count: int
    duration_s: float
    rate_per_s: float
    positive_percent: float


@dataclass(frozen=True)
class DepthReport:
    """The depth frames of the left view.

    Attributes:
        count: Number of frames.
        duration_s: From the first to the last, in seconds.
        rate_hz: Frames per second.
        coverage_percent: Mean share of pixels with a depth.
        empty_frames: Frames without a depth.
        nearest_m: Smallest depth in metres; None if no pixel has a depth.
        farthest_m: Largest depth in metres; likewise.
    """

    count: int
    duration_s: float
    rate_hz: float
    coverage_percent: float
    empty_frames: int
    nearest_m: float | None
    farthest_m: float | None


@dataclass(frozen=True)
class RecordingReport:
    """One recording.

    Attributes:
        name: Its name.
        files: The files, by name, with their data sets and shapes.
        origin: Where the data come from, as the files state it; None if they don't.
        events: The events of each camera, as far as they could be read.
        depth: The depth frames, if they could be read.
        rectification: `maps`, `rectified` (the file says so) or `none`.
        problems: What must be fixed before the recording can be used.
        notes: What a user should know.
    """

    name: str
    files: dict[str, dict[str, list[int]]]
    origin: str | None
    events: tuple[EventsReport, ...]
    depth: DepthReport | None
    rectification: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CheckReport:
    """All recordings, sequences and image data sets of a folder.

    Attributes:
        folder: The folder.
        recordings: One entry per recording, sorted by name.
        problems: What is wrong with the folder as a whole.
        notes: What a user should know about it.
        images: One entry per image data set.
        event_sets: One entry per data set of event recordings with classes.
        sequences: One entry per sequence of DSEC.
    """

    folder: Path
    recordings: tuple[RecordingReport, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    images: tuple[ImageReport, ...] = ()
    event_sets: tuple[EventSetReport, ...] = ()
    sequences: tuple[SequenceReport, ...] = ()

    @property
    def sound(self) -> bool:
        """The folder has recordings, sequences or images, and no problems; what a spec must say besides is in `needs`."""
        return not self._problems

    @property
    def _problems(self) -> list[str]:
        parts = (*self.recordings, *self.images, *self.event_sets, *self.sequences)
        return [p for problems in (self.problems, *(part.problems for part in parts)) for p in problems]

    def json(self) -> dict[str, Any]:
        """The report as JSON values."""
        values = asdict(self) | {"folder": str(self.folder)}
        return {"format_version": FORMAT_VERSION, "sound": self.sound, **values}

    def text(self) -> str:
        """Several lines for a person; the last states whether everything is sound."""
        lines = [str(self.folder)]
        for recording in self.recordings:
            lines += ["", *_recording(recording)]
        for part in (*self.images, *self.event_sets, *self.sequences):
            lines += ["", *part.lines()]
        lines += ["", *(f"problem: {problem}" for problem in self.problems), *(f"note: {note}" for note in self.notes)]
        count = len(self._problems)
        needs = [need for part in (*self.images, *self.event_sets) for need in part.needs]
        sound = "sound for a spec that says what is named above" if needs else "sound"
        lines.append(sound if self.sound else f"not sound: {count} problem{'s' if count != 1 else ''}")
        return "\n".join(lines)


def _recording(report: RecordingReport) -> list[str]:
    lines = [report.name, *([f"  {report.origin}"] if report.origin else [])]
    for file, contents in report.files.items():
        lines.append(f"  {file}")
        lines += [f"    {name} [{', '.join(map(str, shape))}]" for name, shape in contents.items()]
    lines += [
        f"  {e.side} events: {e.count:,} in {e.duration_s:.2f} s, {e.rate_per_s:,.0f} per second, "
        f"{e.positive_percent:.1f} % positive"
        for e in report.events
    ]
    if report.depth is not None:
        d = report.depth
        reach = "" if d.nearest_m is None else f", {d.nearest_m:.2f} m to {d.farthest_m:.2f} m"
        empty = "" if not d.empty_frames else f", {d.empty_frames} without any depth"
        lines.append(
            f"  depth: {d.count:,} frames in {d.duration_s:.2f} s ({d.rate_hz:.1f} Hz), "
            f"{d.coverage_percent:.1f} % of the pixels{reach}{empty}"
        )
    words = {"maps": "by maps", "rectified": "the events are rectified", "none": "no maps"}
    lines.append(f"  rectification: {words[report.rectification]}")
    return lines + finding_lines(report.problems, report.notes)
