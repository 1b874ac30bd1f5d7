"""How many steps and seconds of training each part of an epoch stands for, so that the page can draw curves over them."""

import json
from collections.abc import Mapping, Sequence

from spikegraph.backends.report.record import Record
from spikegraph.overview.curves import Curves
from spikegraph.runs.entries import EpochEntry, StepEntry

MOST = 60
"""Most knots of a clock."""

FEW = 8
"""Most knots of the clock of one of many runs."""

Knot = tuple[float, float]


def steps_of(run: Record, phase: str) -> int:
    """The number of steps in an epoch: the largest that is recorded, at least 1. That is too few before the first ends."""
    return max((e.step for e in run.steps(phase)), default=0) or 1


def knots(run: Record, phase: str) -> list[Knot]:
    """Epochs and the seconds since the phase began, such as (0.5, 42.0); empty before the second entry.

    These are seconds of the clock on the wall: the pauses of a resumed run are part of them.
    """
    whole = steps_of(run, phase)
    entries = [e for e in run.entries if e.phase == phase and isinstance(e, StepEntry | EpochEntry)]
    at = [(e.epoch - 1 + min(e.step / whole, 1.0) if isinstance(e, StepEntry) else float(e.epoch), e.time) for e in entries]
    return since_begun(at)


def since_begun(at: Sequence[Knot], most: int = MOST) -> list[Knot]:
    """Knots from parts of epochs with the seconds since 1970 at which they ended, at most about `most` of them.

    The first entry is written after a step, or an epoch, that took as long as the next one; so two are needed.
    """
    at = [point for k, point in enumerate(at) if k == 0 or point[0] > at[k - 1][0]]
    if len(at) < 2:
        return []
    (x0, t0), (x1, t1) = at[0], at[1]
    begun = t0 - x0 * (t1 - t0) / (x1 - x0)
    found: list[Knot] = [(0.0, 0.0)]
    for x, t in [*at[:: -(-len(at) // most)], at[-1]]:
        if x > found[-1][0]:
            found.append((x, max(found[-1][1], t - begun)))
    return found


def mean_knots(clocks: Sequence[Sequence[Knot]]) -> list[Knot]:
    """The mean of clocks, as far as the shortest one goes; empty if one is."""
    if not all(clocks):
        return []
    end = min(clock[-1][0] for clock in clocks)
    xs = sorted({x for clock in clocks for x, _ in clock if x <= end})
    xs = xs[:: -(-len(xs) // MOST)] + xs[-1:]
    return [(x, sum(_at(clock, x) for clock in clocks) / len(clocks)) for x in dict.fromkeys(xs)]


def _at(clock: Sequence[Knot], x: float) -> float:
    """The seconds at a part of an epoch, between the first and the last knot."""
    later = next(k for k, knot in enumerate(clock) if knot[0] >= x)
    if later == 0:
        return clock[0][1]
    (x0, t0), (x1, t1) = clock[later - 1], clock[later]
    return t0 + (x - x0) / (x1 - x0) * (t1 - t0)


Clock = tuple[int, Sequence[Knot]]
"""The steps of an epoch, and knots."""


def written(runs: Sequence[Record], phase: str, groups: Mapping[str, Sequence[int]]) -> str | None:
    """The clocks of a phase as JSON, by the keys of curves: of each run its number, of each group its name.

    Returns:
        `{"0": {"steps": 100, "knots": [[0, 0], [0.5, 42], ...]}, ...}`; None if a run that has begun has no clock yet, as in
        its first epoch.
    """
    begun = {k: run for k, run in enumerate(runs) if run.steps(phase)}
    found = {k: (steps_of(run, phase), knots(run, phase) if run.epochs(phase) else []) for k, run in begun.items()}
    return as_json(found, groups) if all(of for _, of in found.values()) else None


def of_many(curves: Sequence[Curves], phase: str, groups: Mapping[str, Sequence[int]]) -> str | None:
    """As `written`, of many runs with few knots each, from the ends of their epochs; none before the second."""
    found = {k: (of.steps[phase], since_begun(of.ends[phase], FEW)) for k, of in enumerate(curves) if phase in of.ends}
    return as_json({k: clock for k, clock in found.items() if clock[1]}, groups)


def as_json(found: Mapping[int, Clock], groups: Mapping[str, Sequence[int]]) -> str | None:
    """Clocks of runs, by number, and the means of groups as JSON; None if there is none."""
    clocks = {str(k): clock for k, clock in found.items()}
    for key, numbers in groups.items():
        own = [k for k in numbers if k in found]
        if own:
            clocks[key] = (found[own[0]][0], mean_knots([found[k][1] for k in own]))
    data = {key: {"steps": steps, "knots": [[round(x, 4), round(t, 2)] for x, t in of]} for key, (steps, of) in clocks.items()}
    return json.dumps(data, separators=(",", ":")) if data else None
