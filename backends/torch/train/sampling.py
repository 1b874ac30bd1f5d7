"""Draws samples. The order depends only on the seed, so a resumed run draws the same samples."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch

from spikegraph.backends.torch.train.seeding import derive, generator
from spikegraph.base.errors import TrainError


class Draw(NamedTuple):
    """One sample of an epoch.

    Attributes:
        turn: Seed of this pass over the samples; together with the sample's index it determines the augmentation.
        sample: The sample's index in the data set.
    """

    turn: int
    sample: int


def draws(indexes: Sequence[int], samples: int | None, seed: int, *purpose: str | int) -> list[Draw]:
    """Draws the samples of an epoch: permutations of `indexes`, one after another, cut off after `samples` draws.

    Args:
        indexes: The indexes to draw from.
        samples: Number of draws; None draws each sample once.
        seed: The run's seed.
        purpose: Identifies phase, set and epoch, so that each draws differently.

    Raises:
        TrainError: `indexes` is empty.
    """
    if not indexes:
        raise TrainError("the training set is empty")
    wanted = len(indexes) if samples is None else samples
    drawn: list[Draw] = []
    turn = 0
    while len(drawn) < wanted:
        order = cast("list[int]", torch.randperm(len(indexes), generator=generator(seed, *purpose, turn)).tolist())  # pyright: ignore[reportUnknownMemberType]
        name = derive(seed, "turn", *purpose, turn)
        drawn.extend(Draw(name, indexes[k]) for k in order)
        turn += 1
    return drawn[:wanted]


def in_batches(drawn: Sequence[Draw], batch: int) -> list[list[Draw]]:
    """Splits draws into batches; the last one may be smaller."""
    return [list(drawn[i : i + batch]) for i in range(0, len(drawn), batch)]
