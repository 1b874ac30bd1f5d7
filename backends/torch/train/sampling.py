"""Draws samples. The order depends only on the seed, so a resumed run draws the same samples."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import torch

from spikegraph.backends.torch.train.seeding import derive, generator
from spikegraph.base.errors import TrainError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Draw(NamedTuple):
    """One sample of an epoch.

    Attributes:
        turn: Seed of this pass over the samples; together with the sample's index it determines the augmentation.
        sample: The sample's index in the data set.
        other: That of the sample that it makes a pair with; None if it makes none.
    """

    turn: int
    sample: int
    other: int | None = None


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
        order = _order(len(indexes), seed, *purpose, turn)
        name = derive(seed, "turn", *purpose, turn)
        drawn.extend(Draw(name, indexes[k]) for k in order)
        turn += 1
    return drawn[:wanted]


def balanced_draws(
    indexes: Sequence[int],
    classes: NDArray[np.int64],
    samples: int | None,
    seed: int,
    *purpose: str | int,
    ignored: Collection[int] = (),
) -> list[Draw]:
    """Draws as many samples of each class, or one more of some that are drawn, in random order; within a class as `draws` does.

    Class-balanced sampling (Kang et al., "Decoupling representation and classifier for long-tailed recognition", ICLR 2020).

    Args:
        indexes: The indexes to draw from.
        classes: The class of each sample of the data set.
        samples: Number of draws; None draws as many as there are indexes.
        seed: The run's seed.
        purpose: As of `draws`.
        ignored: Classes that aren't drawn, since no loss counts them.

    Raises:
        TrainError: `indexes` is empty, or has ignored classes alone.
    """
    if not indexes:
        raise TrainError("the training set is empty")
    groups: dict[int, list[int]] = {}
    for index in indexes:
        if (found := int(classes[index])) not in ignored:
            groups.setdefault(found, []).append(index)
    if not groups:
        raise TrainError("all samples of the training set are of a class that `ignore` leaves out")
    wanted = len(indexes) if samples is None else samples
    each, more = divmod(wanted, len(groups))
    found = sorted(groups)
    extra = {found[k] for k in _order(len(found), seed, *purpose, "more")[:more]}
    drawn = [d for k in found for d in draws(groups[k], each + (k in extra), seed, *purpose, "class", k)]
    return [drawn[k] for k in _order(len(drawn), seed, *purpose, "order")]


def in_pairs(drawn: Sequence[Draw], seed: int, *purpose: str | int) -> list[Draw]:
    """Each draw of an epoch with the sample of another one, in random order, so that each is drawn as often."""
    order = _order(len(drawn), seed, *purpose, "pairs")
    return [draw._replace(other=drawn[k].sample) for draw, k in zip(drawn, order, strict=True)]


def _order(count: int, seed: int, *purpose: str | int) -> list[int]:
    """The numbers below `count` in random order."""
    return cast("list[int]", torch.randperm(count, generator=generator(seed, *purpose)).tolist())  # pyright: ignore[reportUnknownMemberType]


def in_batches(drawn: Sequence[Draw], batch: int) -> list[list[Draw]]:
    """Splits draws into batches; the last one may be smaller."""
    return [list(drawn[i : i + batch]) for i in range(0, len(drawn), batch)]
