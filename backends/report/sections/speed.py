"""The section of speed, memory and processor over the training."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import attrgetter

from spikegraph.backends.report.clocks import knots, steps_of
from spikegraph.backends.report.figures import line_figures
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent
from spikegraph.backends.report.sections.curves import thinned
from spikegraph.charts.axes import Point
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.runs.folder import PHASES
from spikegraph.runs.usage import Usage

GIB = 1 << 30

MEMORY, DEVICE_MEMORY = attrgetter("memory_bytes"), attrgetter("device_memory_bytes")

MOST = 60
"""Most points of a curve of speed; each is a mean."""

LEAD = (
    "Speed is in steps per second of the clock on the wall, with validations and checkpoints; memory is that of the main"
    " process, and 100 % are one core's processor time."
)

OLD = "Memory and processor time of {} weren't recorded: an older version of spikegraph trained it."

CANDIDATE = "Memory and processor time of {} weren't recorded: it was trained as a candidate of the search."


def section(runs: Sequence[Record]) -> Section:
    """The section; the latest phase comes first, as in that of curves."""
    parts: list[Html] = []
    for phase in reversed(PHASES):
        charts = [
            _chart("speed", "steps per second", runs, lambda run, p=phase: speed(run, p)),
            _chart("memory", "memory (GiB)", runs, lambda run, p=phase: _gib(run, p, MEMORY)),
            _chart("memory of the GPU", "memory (GiB)", runs, lambda run, p=phase: _gib(run, p, DEVICE_MEMORY)),
            _chart("processor", "processor time (% of a core)", runs, lambda run, p=phase: processor(run, p)),
        ]
        found = [chart for chart in charts if chart is not None]
        if found:
            parts += [el("h3", phase.capitalize()), line_figures(found, group=f"{phase} machine")]
    if not parts:
        parts = [absent("No training step yet.")]
    parts += [el("p", _missing(run), class_="note") for run in runs if run.steps("retrain") and not run.usage]
    return Section("speed", "Speed and memory", join(*parts), LEAD, "Speed")


def _missing(run: Record) -> str:
    cost = run.summary.cost
    return (OLD if cost is None or cost.chosen is None else CANDIDATE).format(run.label)


def _chart(title: str, y: str, runs: Sequence[Record], values: Callable[[Record], list[Point]]) -> Chart | None:
    curves = [values(run) for run in runs]
    lines = [
        Line(run.label, points, colour(k), dash(k), dots=len(points) < 3, key=str(k))
        for k, (run, points) in enumerate(zip(runs, curves, strict=True))
        if points
    ]
    return Chart(title, "time (min)", y, lines, from_zero=True) if lines else None


def speed(run: Record, phase: str) -> list[Point]:
    """Steps per second, by the minutes since the phase began, as means between the knots of its clock."""
    clock, whole = knots(run, phase), steps_of(run, phase)
    each = max(1, -(-len(clock) // MOST))
    kept = [*clock[::each], *clock[-1:]]
    return [((t0 + t1) / 120, (x1 - x0) * whole / (t1 - t0)) for (x0, t0), (x1, t1) in pairwise(kept) if t1 > t0 and x1 > x0]


def _of(run: Record, phase: str) -> list[Usage]:
    return [line for line in run.usage if line.phase == phase]


def _begun(run: Record, phase: str, lines: Sequence[Usage]) -> float:
    """When a phase began, in seconds since 1970."""
    return min([e.time for e in run.entries if e.phase == phase] + [line.time for line in lines])


def _gib(run: Record, phase: str, of: Callable[[Usage], int]) -> list[Point]:
    lines = [line for line in _of(run, phase) if of(line)]
    begun = _begun(run, phase, lines) if lines else 0.0
    return thinned([((line.time - begun) / 60, of(line) / GIB) for line in lines])


def processor(run: Record, phase: str) -> list[Point]:
    """Processor time in percent of the time that passed; not across the start of another process, which counts from 0."""
    lines = _of(run, phase)
    begun = _begun(run, phase, lines) if lines else 0.0
    found = [
        ((b.time - begun) / 60, 100 * (b.processor_seconds - a.processor_seconds) / (b.time - a.time))
        for a, b in pairwise(lines)
        if b.time - a.time > 0.5 and b.processor_seconds >= a.processor_seconds
    ]
    return thinned(found)
