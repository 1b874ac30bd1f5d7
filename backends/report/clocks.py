"""How many steps and seconds of training each part of an epoch stands for, so that the page can draw curves over them."""

import json
from collections.abc import Mapping, Sequence

from spikegraph.backends.report.record import Record
from spikegraph.runs.entries import EpochEntry, StepEntry

MOST = 60
"""Most knots of a clock."""

Knot = tuple[float, float]


def steps_of(run: Record, phase: str) -> int:
    """The number of steps in an epoch: the largest that is recorded, at least 1."""
    return max((e.step for e in run.steps(phase)), default=0) or 1


def knots(run: Record, phase: str) -> list[Knot]:
    """Epochs and the seconds since the phase began, such as (0.5, 42.0); empty before the second entry.

    These are seconds of the clock on the wall: the pauses of a resumed run are part of them.
    """
    whole = steps_of(run, phase)
    entries = [e for e in run.entries if e.phase == phase and isinstance(e, StepEntry | EpochEntry)]
    at = [(e.epoch - 1 + min(e.step / whole, 1.0) if isinstance(e, StepEntry) else float(e.epoch), e.time) for e in entries]
    at = [point for k, point in enumerate(at) if k == 0 or point[0] > at[k - 1][0]]
    if len(at) < 2:
        return []
    (x0, t0), (x1, t1) = at[0], at[1]
    begun = t0 - x0 * (t1 - t0) / (x1 - x0)  # the first entry is written after a step
    found: list[Knot] = [(0.0, 0.0)]
    for x, t in at[:: -(-len(at) // MOST)] + at[-1:]:
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


def written(runs: Sequence[Record], phase: str, groups: Mapping[str, Sequence[int]]) -> str | None:
    """The clocks of a phase as JSON, by the keys of curves: of each run its number, of each group its name.

    Returns:
        `{"0": {"steps": 100, "knots": [[0, 0], [0.5, 42], ...]}, ...}`; None if a run that has begun has no clock yet.
    """
    found = {k: knots(run, phase) for k, run in enumerate(runs) if run.steps(phase)}
    if not found or not all(found.values()):
        return None
    clocks = {str(k): (steps_of(runs[k], phase), of) for k, of in found.items()}
    for key, numbers in groups.items():
        own = [k for k in numbers if k in found]
        if own:
            clocks[key] = (steps_of(runs[own[0]], phase), mean_knots([found[k] for k in own]))
    return json.dumps(
        {key: {"steps": steps, "knots": [[round(x, 4), round(t, 2)] for x, t in of]} for key, (steps, of) in clocks.items()},
        separators=(",", ":"),
    )
