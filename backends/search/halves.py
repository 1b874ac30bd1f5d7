"""The two sets of a search: A for the weights, B for the architecture (Che et al., NeurIPS 2022, section 3.3)."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple, cast

import torch

from spikegraph.backends.torch.train.seeding import generator
from spikegraph.base.errors import TrainError
from spikegraph.data.held_out import connected
from spikegraph.data.sets import DataSet


class Halves(NamedTuple):
    """A split of the training set.

    Attributes:
        a: The samples for the weights.
        b: Those for the architecture.
        left_out: Number of samples in neither, because their labels are in both.
        shared: Number of labels in both sets.
    """

    a: tuple[int, ...]
    b: tuple[int, ...]
    left_out: int = 0
    shared: int = 0


def halves(samples: DataSet, share: float, seed: int) -> Halves:
    """Splits the training set of a search. Samples that share a label, as overlapping windows do, stay in one set.

    Where all samples hang together, the set is cut in one place, and samples around the cut that would be in both are left
    out. Only if that leaves nothing, labels are shared.

    Args:
        samples: The training set; its `shares(index)` names the targets of a sample.
        share: Fraction of the samples in A, rounded to whole samples; each set gets at least one.
        seed: Seed of the split.

    Raises:
        TrainError: There are fewer than two samples.
    """
    count = len(samples)
    if count < 2:
        raise TrainError(f"a search splits the training set in two, but it has only {count} samples")
    labels = [frozenset(samples.shares(k)) for k in range(count)]
    groups = connected(labels)
    shuffled = cast("list[int]", torch.randperm(len(groups), generator=generator(seed, "halves")).tolist())  # pyright: ignore[reportUnknownMemberType]
    return divided([k for number in shuffled for k in groups[number]], labels, min(max(round(count * share), 1), count - 1))


def notices(split: Halves, count: int) -> list[str]:
    """What a user has to know of the split of so many samples."""
    found: list[str] = []
    if split.left_out:
        left = f"{split.left_out} of {count} samples"
        found.append(f"note: the search leaves out {left}: they overlap with both halves of its training set")
    if split.shared:
        shared = f"{split.shared} label{'s are' if split.shared > 1 else ' is'} in both halves of the training set"
        found.append(
            f"warning: {shared}, so the architecture is chosen on labels that the weights have seen: all {count} samples "
            "overlap; use more recordings, or a larger `stride` of the data set"
        )
    return found


def divided(order: Sequence[int], labels: Sequence[frozenset[Hashable]], first: int) -> Halves:
    """Cuts an order of samples as near as possible behind the `first` ones, such that the sets share no label."""
    for size in sorted(range(1, len(order)), key=lambda size: (abs(size - first), size)):
        seen = frozenset[Hashable]().union(*(labels[k] for k in order[:size]))
        rest = [k for k in order[size:] if seen.isdisjoint(labels[k])]
        if rest:
            return Halves(tuple(sorted(order[:size])), tuple(sorted(rest)), len(order) - size - len(rest))
    a, b = order[:first], order[first:]
    shared = frozenset[Hashable]().union(*(labels[k] for k in a)) & frozenset[Hashable]().union(*(labels[k] for k in b))
    return Halves(tuple(sorted(a)), tuple(sorted(b)), shared=len(shared))
