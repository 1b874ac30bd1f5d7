"""Drawing samples: seeded orders."""

import pytest

from spikegraph.backends.torch.train.sampling import draws, in_batches
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
