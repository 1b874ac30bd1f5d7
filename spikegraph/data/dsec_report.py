"""What `data check` finds in a sequence of DSEC, as data and as text."""

from dataclasses import dataclass

from spikegraph.data.problems import finding_lines


@dataclass(frozen=True)
class CameraReport:
    """One camera of a sequence.

    Attributes:
        side: `left` or `right`.
        events: Number of events.
        begin_s: Time of the first event in seconds, in the clock of the truth.
        end_s: Time of the last event.
        rate_per_s: Events per second.
        positive_percent: Share of positive polarity.
        kept_percent: Share of the sensor's pixels that rectification keeps in the frame; None without a map.
    """

    side: str
    events: int
    begin_s: float
    end_s: float
    rate_per_s: float
    positive_percent: float
    kept_percent: float | None


@dataclass(frozen=True)
class TruthReport:
    """The true disparities or the label maps of a sequence.

    Attributes:
        kind: `disparities` or `labels`.
        count: Their number.
        begin_s: Time of the first in seconds.
        end_s: Time of the last.
        rate_hz: How many there are per second.
        coverage_percent: Mean share of pixels with a truth.
        smallest: The smallest value, in pixels for disparities, or of a class; None if no pixel has one.
        largest: The largest, likewise.
    """

    kind: str
    count: int
    begin_s: float
    end_s: float
    rate_hz: float
    coverage_percent: float
    smallest: float | None
    largest: float | None


@dataclass(frozen=True)
class SequenceReport:
    """One sequence.

    Attributes:
        name: Its name, after that of its part, such as `train/thun_00_a`.
        cameras: The cameras, as far as their events could be read.
        truths: The truths, likewise.
        problems: What must be fixed before the sequence can be used.
        notes: What a user should know.
    """

    name: str
    cameras: tuple[CameraReport, ...]
    truths: tuple[TruthReport, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """Several lines for a person."""
        lines = [self.name]
        for c in self.cameras:
            kept = (
                "no rectification map"
                if c.kept_percent is None
                else f"rectification keeps {c.kept_percent:.1f} % of the pixels"
            )
            lines.append(
                f"  {c.side} events: {c.events:,} from {c.begin_s:.3f} s to {c.end_s:.3f} s, {c.rate_per_s:,.0f} per second, "
                f"{c.positive_percent:.1f} % positive, {kept}"
            )
        for t in self.truths:
            unit = " px" if t.kind == "disparities" else ""
            reach = "" if t.smallest is None or t.largest is None else f", {t.smallest:.4g} to {t.largest:.4g}{unit}"
            lines.append(
                f"  {t.kind}: {t.count:,} from {t.begin_s:.3f} s to {t.end_s:.3f} s ({t.rate_hz:.1f} Hz), "
                f"{t.coverage_percent:.1f} % of the pixels{reach}"
            )
        return lines + finding_lines(self.problems, self.notes)
