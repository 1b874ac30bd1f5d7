"""A run of two epochs that is recorded, killed and resumed."""

from collections.abc import Callable

import pytest

from spikegraph.runs.journal import Journal


def step(journal: Journal, epoch: int, number: int, loss: float) -> None:
    journal.add("step", "retrain", epoch, number, lr=0.1, losses={"loss": loss})


def epoch(journal: Journal, number: int, steps: int, accuracy: float) -> None:
    metrics = {"accuracy_percent": accuracy}
    journal.add("epoch", "retrain", number, steps, losses={"loss": 1.0}, metrics=metrics, temperatures={"cells[0].n0": 3.0})


def killed_and_resumed(opened: Callable[[], Journal]) -> None:
    """Two epochs of two steps: killed after the third step, resumed from the first epoch, then with another last loss."""
    with pytest.raises(KeyboardInterrupt), opened() as journal:
        step(journal, 1, 1, 4.0)
        step(journal, 1, 2, 3.0)
        epoch(journal, 1, 2, 50.0)
        step(journal, 2, 1, 2.5)
        raise KeyboardInterrupt
    with opened() as journal:
        journal.rewind("retrain", 2, 0)
        step(journal, 2, 1, 2.5)
        step(journal, 2, 2, 2.0)
        epoch(journal, 2, 2, 75.0)
        journal.rewind("test", 0, 0)
        journal.add("evaluation", "test", 1, 0, metrics={"accuracy_percent": 62.5}, samples=8)


CURVES = {
    "retrain/loss": [(1, 4.0), (2, 3.0), (3, 2.5), (4, 2.0)],
    "retrain/lr": [(1, 0.1), (2, 0.1), (3, 0.1), (4, 0.1)],
    "retrain epoch/loss": [(2, 1.0), (4, 1.0)],
    "retrain epoch/b of cells[0].n0": [(2, 3.0), (4, 3.0)],
    "retrain validation/accuracy_percent": [(2, 50.0), (4, 75.0)],
    "test/accuracy_percent": [(0, 62.5)],
}
"""What the journal of `killed_and_resumed` has: steps of the phase and numbers."""
