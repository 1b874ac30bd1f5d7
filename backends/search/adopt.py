"""Makes the training of a candidate that of the run, so that the retraining behind the search has nothing left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.runs.folder import WHICH

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.runs.folder import RunFolder


def adopt(candidate: RunFolder, log: RunLog, *, validated: bool) -> None:
    """Gives the run the checkpoints, the weights and the journal of a candidate that is trained to the end.

    It may be interrupted at any moment and repeated: the candidate keeps its files.

    Args:
        candidate: The candidate's folder.
        log: The run's log.
        validated: The training has a validation.

    Raises:
        OSError: A file can't be written.
    """
    if not log.processes.main:
        return
    log.journal.rewind("retrain", 1, 0)
    log.journal.extend(candidate.metrics)
    for which in WHICH:
        pair = candidate.pair("retrain", which, validated=validated)
        if pair.checkpoint.exists():
            pair.copy(log.folder.pair("retrain", which, validated=validated))
