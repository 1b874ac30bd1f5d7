"""The losses of a phase as the log, `show` and the report state them: means over the steps of its latest epoch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spikegraph.runs.entries import Entry, EpochEntry, StepEntry


@dataclass(frozen=True)
class EpochLosses:
    """The losses of an epoch.

    Attributes:
        epoch: The epoch, counted from 1.
        step: Number of its steps so far.
        whole: True if the epoch has ended.
        losses: Mean of each loss over these steps.
    """

    epoch: int
    step: int
    whole: bool
    losses: Mapping[str, float]


def latest(entries: Iterable[Entry], phase: str) -> EpochLosses | None:
    """The losses of the latest epoch of a phase; None before its first entry."""
    found = [e for e in entries if isinstance(e, StepEntry | EpochEntry) and e.phase == phase]
    if not found:
        return None
    last = found[-1]
    if isinstance(last, EpochEntry):
        return EpochLosses(last.epoch, last.step, True, last.losses)
    sums, counts, before = dict[str, float](), dict[str, int](), 0
    for entry in found:
        if isinstance(entry, StepEntry) and entry.epoch == last.epoch:
            # An entry has the mean of the steps since the one before it.
            steps, before = entry.step - before, entry.step
            for name, value in entry.losses.items():
                sums[name] = sums.get(name, 0.0) + steps * value
                counts[name] = counts.get(name, 0) + steps
    return EpochLosses(
        last.epoch, last.step, False, {name: total / counts[name] for name, total in sums.items() if counts[name] > 0}
    )
