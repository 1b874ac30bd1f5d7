"""Which samples are drawn, in which order: a function of the seed alone, so that a resumed run draws the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from spikegraph.backends.torch.train.seeding import derive, generator
from spikegraph.errors import TrainError


class Draw(NamedTuple):
    """One sample of an epoch.

    Attributes:
        turn: Names the pass over the samples; an augmentation draws from this and the sample's number.
        sample: The sample's number in the data set.
    """

    turn: int
    sample: int


def halves(count: int, share: float, seed: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The two disjoint sets of a search (section 3.3): A for the weights, B for the architecture.

    Args:
        count: Samples of the training set.
        share: Of them that go to A, rounded; each set gets one at least.
        seed: Of the permutation that shares them out.

    Raises:
        TrainError: There are fewer than two samples.
    """
    if count < 2:
        raise TrainError(f"a search shares the training set out in two, and this one has {count} samples")
    order: list[int] = torch.randperm(count, generator=generator(seed, "halves")).tolist()
    first = min(max(round(count * share), 1), count - 1)
    return tuple(sorted(order[:first])), tuple(sorted(order[first:]))


def draws(indexes: Sequence[int], samples: int | None, seed: int, *purpose: str | int) -> list[Draw]:
    """The samples of an epoch: permutations of `indexes`, one after the other, up to `samples` of them.

    Args:
        indexes: What is drawn from.
        samples: How many; None is each one once.
        seed: The run's.
        purpose: Tells phase, set and epoch apart.

    Raises:
        TrainError: There is nothing to draw from.
    """
    if not indexes:
        raise TrainError("the training set is empty")
    wanted = len(indexes) if samples is None else samples
    drawn: list[Draw] = []
    turn = 0
    while len(drawn) < wanted:
        order: list[int] = torch.randperm(len(indexes), generator=generator(seed, *purpose, turn)).tolist()
        name = derive(seed, "turn", *purpose, turn)
        drawn.extend(Draw(name, indexes[k]) for k in order)
        turn += 1
    return drawn[:wanted]


def in_batches(drawn: Sequence[Draw], batch: int) -> list[list[Draw]]:
    """Cut into batches; the last one may be smaller."""
    return [list(drawn[i : i + batch]) for i in range(0, len(drawn), batch)]
