"""Drawing samples: seeded orders."""

from collections import Counter

import numpy as np
import pytest

from spikegraph.backends.torch.train.sampling import balanced_draws, draws, in_batches, in_pairs
from spikegraph.base.errors import TrainError


def test_an_epoch_has_each_sample_once() -> None:
    drawn = draws((2, 4, 6, 8), None, 0, "search", 1)
    assert sorted(d.sample for d in drawn) == [2, 4, 6, 8]
    assert len({d.turn for d in drawn}) == 1
    assert drawn == draws((2, 4, 6, 8), None, 0, "search", 1)


def test_epochs_and_seeds_differ() -> None:
    orders = {tuple(d.sample for d in draws(range(30), None, seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4


def test_fewer_and_more_samples_than_there_are() -> None:
    assert len({d.sample for d in draws(range(10), 4, 0, "x")}) == 4
    more = draws(range(4), 10, 0, "x")
    assert [len({d.sample for d in more[i : i + 4]}) for i in (0, 4)] == [4, 4]
    assert len(more) == 10
    assert len({d.turn for d in more}) == 3  # each pass has its own augmentation


def test_nothing_to_draw_from() -> None:
    with pytest.raises(TrainError, match="empty"):
        draws((), None, 0)


def test_batches_keep_the_order_and_the_rest() -> None:
    drawn = draws(range(5), None, 0)
    cut = in_batches(drawn, 2)
    assert [len(b) for b in cut] == [2, 2, 1]
    assert [d for b in cut for d in b] == drawn


CLASSES = np.array([0] * 20 + [1] * 3 + [5] * 7)


def test_a_balanced_epoch_has_as_many_of_each_class() -> None:
    drawn = balanced_draws(range(30), CLASSES, None, 0, "retrain", 1)
    assert Counter(int(CLASSES[d.sample]) for d in drawn) == {0: 10, 1: 10, 5: 10}
    assert max(Counter(d.sample for d in drawn if CLASSES[d.sample] == 0).values()) == 1
    assert sorted(Counter(d.sample for d in drawn if CLASSES[d.sample] == 1).values()) == [3, 3, 4]
    assert len({(d.turn, d.sample) for d in drawn}) == 30  # a sample that comes again has its own augmentation
    assert [CLASSES[d.sample] for d in drawn] != sorted(CLASSES[d.sample] for d in drawn)
    assert drawn == balanced_draws(range(30), CLASSES, None, 0, "retrain", 1)
    assert drawn != balanced_draws(range(30), CLASSES, None, 0, "retrain", 2)
    assert drawn != balanced_draws(range(30), CLASSES, None, 1, "retrain", 1)


def test_a_remainder_goes_to_classes_that_are_drawn() -> None:
    more: Counter[int] = Counter()
    for epoch in range(60):
        counts = Counter(int(CLASSES[d.sample]) for d in balanced_draws(range(30), CLASSES, 8, 0, epoch))
        assert sorted(counts.values()) == [2, 3, 3]
        more.update(k for k, n in counts.items() if n == 3)
    assert min(more.values()) > 25


def test_balanced_draws_of_a_part() -> None:
    assert Counter(d.sample for d in balanced_draws((1, 21, 22), CLASSES, 12, 0)) == {1: 6, 21: 3, 22: 3}
    with pytest.raises(TrainError, match="the training set is empty"):
        balanced_draws((), CLASSES, None, 0)


def test_balanced_draws_leave_out_what_the_loss_ignores() -> None:
    drawn = balanced_draws(range(30), CLASSES, None, 0, "retrain", 1, ignored=(1,))
    assert Counter(int(CLASSES[d.sample]) for d in drawn) == {0: 15, 5: 15}
    with pytest.raises(TrainError, match="all samples of the training set are of a class that `ignore` leaves out"):
        balanced_draws((20, 21), CLASSES, None, 0, ignored=(1,))


def test_pairs_have_each_draw_once_on_both_sides() -> None:
    drawn = balanced_draws(range(30), CLASSES, None, 0, "x")
    pairs = in_pairs(drawn, 0, "x")
    assert [d._replace(other=None) for d in pairs] == drawn
    assert Counter(d.other for d in pairs) == Counter(d.sample for d in drawn)
    assert [d.other for d in pairs] != [d.sample for d in drawn]
