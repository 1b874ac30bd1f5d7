"""What the log of a retraining records of a surrogate search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikegraph.analysis.dgs_record import Record
from spikegraph.analysis.divergence import STEP_FACTOR, largest_loss

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.dgs import SurrogateSearch
    from spikegraph.backends.torch.train.phase_log import PhaseLog


def begin_search(phase: PhaseLog, search: SurrogateSearch, first: int) -> bool:
    """Starts or resumes a surrogate search after step `first` of the epoch; returns false if it is already finished.

    Its iterations count as steps of the epoch.
    """
    done = phase.step - first
    if done >= search.settings.iterations:
        return False  # its result is in the checkpoint
    if done and phase.position.round is not None:
        search.record = Record(**phase.position.round)
    title = f"{phase.log.title}{search.title}, epoch {phase.position.epoch + 1}"
    phase.log.settings.reporter.start(title, search.settings.iterations, done, unit="iterations")
    return True


def record_iteration(phase: PhaseLog, search: SurrogateSearch, losses: Mapping[str, float]) -> None:
    """Records an iteration of a surrogate search.

    Raises:
        DivergedError: A loss or a weight isn't finite.
        Interrupted: An interrupt was requested; the run is saved.
    """
    number = search.record.iterations
    phase.position.step += 1
    phase.position.round = search.record.as_dict()
    for name, value in losses.items():
        if not abs(value) <= largest_loss(phase.position.first, STEP_FACTOR):
            what = f"`{name}` of the surrogate search is {value:.3g} at iteration {number}"
            raise phase.diverged(what, where=f"the gradient is largest at `{search.record.largest_norm()}`")
    phase.log.settings.reporter.advance(number, losses)
    if number < search.settings.iterations and phase.save_due():
        phase.save()
        phase.stop_if_asked()


def end_search(phase: PhaseLog, search: SurrogateSearch) -> None:
    """Sets the neurons' temperatures to the result of the search, and logs them."""
    at = phase.position
    at.round = None
    for line in search.close():
        phase.log.journal.add("dgs", phase.name, at.epoch + 1, at.step, **line)
        phase.log.settings.reporter.notice(f"surrogate of {line['neuron']}: b {line['b_before']:g} -> {line['b']:g}")
