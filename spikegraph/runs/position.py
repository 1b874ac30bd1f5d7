"""The position in a run, which a checkpoint stores."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import NonNegativeInt


@dataclass
class Position:
    """The position in a phase, and the losses so far.

    Attributes:
        phase: `search` or `retrain`.
        epoch: Number of finished epochs.
        step: Number of finished steps in the current epoch; iterations of a surrogate search count as steps too.
        seconds: Training time so far.
        sums: Sum of each loss over these steps; see `Meter`.
        counts: Number of steps in each sum.
        means: Mean losses of the last finished epoch.
        best: The best epoch's value so far: of the validation's first metric, or without one of the mean loss.
        best_epoch: That epoch, counted from 1; 0 before the first.
        metrics: The metrics of its validation.
        round: During a surrogate search, its results so far, as `Record.as_dict()`.
        auto: The neurons that `dgs at auto(n)` has chosen; None before.
        first: The phase's first loss, by which later ones are judged (`analysis/divergence.py`).
    """

    phase: str
    epoch: NonNegativeInt = 0
    step: NonNegativeInt = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    means: dict[str, float] = field(default_factory=dict[str, float])
    best: float | None = None
    best_epoch: NonNegativeInt = 0
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    round: dict[str, Any] | None = None
    first: float | None = None
    auto: tuple[str, ...] | None = None
