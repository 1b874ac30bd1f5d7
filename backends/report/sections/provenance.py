"""Where a run comes from: code, packages and settings; and its log: what happened when, what it printed, and notes."""

import time
from collections.abc import Mapping
from pathlib import Path

from spikegraph.backends.report.html_table import Cell, facts, table
from spikegraph.backends.report.record import Record
from spikegraph.base.reading import open_plain
from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Html, el, join
from spikegraph.runs.entries import DgsEntry, EpochEntry, EvaluationEntry

NOTES = "notes.txt"
"""A file in the run's folder in which a person writes what the report shows."""

LONGEST = 64 * 1024
"""Most bytes of notes, and of the end of what a run of a sweep printed."""


def provenance(run: Record, heading: str) -> Html:
    """Code, packages and settings."""
    m = run.manifest
    given = [
        ("commit", m.source or None),
        ("sha256 of the code", m.code_sha256 or None),
        ("profile", m.profile),
        ("settings", ", ".join(m.overrides) or None),
        ("data folder", m.data_folder),
        ("sha256 of the data", m.data_sha256 or None),
        ("weights from", m.weights_from),
        ("processor", m.processor or None),
        ("instructions", m.instructions or None),
        ("threads", str(m.threads)),
        ("processes", str(m.processes) if m.processes > 1 else None),
        ("deterministic", "yes, with any number of threads" if m.deterministic else None),
        ("compiled kernels", (m.compiler or "yes") if m.native else None),
        ("plug-ins", ", ".join(m.plugins) or None),
    ]
    rows: list[list[Cell]] = [[name, version] for name, version in m.packages.items()]
    packages = table(["package", "version"], rows, label=f"packages of {run.label}")
    return join(
        el(heading, "Code, packages and settings"),
        facts(given),
        el("details", el("summary", f"All {len(rows)} packages"), packages) if rows else None,
    )


def log(run: Record, heading: str) -> Html:
    """What happened when, with the notes of a person and what a run of a sweep printed."""
    rows: list[list[Cell]] = [[run.manifest.started, "started", ""]]
    rows += [_told(e) for e in run.entries if isinstance(e, EpochEntry | DgsEntry | EvaluationEntry)]
    for forced in run.manifest.forced:
        differences = "; ".join(f"{d.what}: {d.run} -> {d.now}" for d in forced.differences)
        rows.append([forced.time, "resumed with --force", differences])
    rows.sort(key=lambda row: str(row[0])[:19])
    if run.state.reason:
        rows.append(["", run.state.name, run.state.reason])
    events = table(["time (UTC)", "event", "numbers"], rows, label=f"log of {run.label}")
    return join(
        el(heading, "Log and notes"),
        *(el("p", note, class_="note") for note in run.notes),
        _text(run.path / NOTES, f"Notes in {NOTES}", run, shown=True),
        el("details", el("summary", f"{len(rows)} events"), events),
        _text(_printed(run), "What the run printed", run),
    )


def _told(entry: EpochEntry | DgsEntry | EvaluationEntry) -> list[Cell]:
    match entry:
        case EpochEntry():
            numbers = {f"mean {name}": value for name, value in entry.losses.items()} | dict(entry.metrics)
            return [_utc(entry.time), f"{entry.phase}, epoch {entry.epoch}", _numbers(numbers)]
        case DgsEntry():
            return [
                _utc(entry.time),
                f"surrogate search of {entry.neuron}, epoch {entry.epoch}",
                f"b {number(entry.b_before)} -> {number(entry.b)}",
            ]
        case EvaluationEntry():
            return [_utc(entry.time), "evaluation on the test set", _numbers(entry.metrics)]


def _numbers(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in values.items())


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


def _printed(run: Record) -> Path | None:
    """The log of a run of a sweep."""
    folder = run.path.resolve()
    return folder.parent / "logs" / f"{folder.name}.log" if (folder.parent / "sweep.json").exists() else None


def _text(path: Path | None, title: str, run: Record, *, shown: bool = False) -> Html | None:
    """The end of a file of text, if there is one."""
    if path is None or not path.is_file():
        return None
    with open_plain(path) as file:
        file.seek(max(0, path.stat().st_size - LONGEST))
        text = file.read(LONGEST).decode(errors="replace")
    block = el("pre", text, tabindex="0", role="region", aria_label=f"{title.lower()}, {run.label}")
    return el("details", el("summary", title), block, open=shown)
