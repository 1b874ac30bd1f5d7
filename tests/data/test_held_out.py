"""Which training samples are held out for validation."""

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet, DataSets
from spikegraph.data.source import Samples
from spikegraph.tasks import TASKS


class Windows(Samples):
    """40 samples, of which `of` in a row have a target in common."""

    def __init__(self, of: int) -> None:
        self.of = of

    def __len__(self) -> int:
        return 40

    def sample(self, index: int) -> Sample:
        return Sample({"image": np.full((1, 4, 4), index, np.float32)}, np.asarray(index % 2))

    def shares(self, index: int) -> tuple[int, ...]:
        return (index // self.of,)


def sets(source: Samples) -> DataSets:
    part = DataSet(source, TASKS["class"], training=True)
    return DataSets(part, part, (), "made", None)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.9])
def test_samples_that_share_a_target_stay_together(share):
    train, validation = sets(Windows(4)).held_out(share, 0)
    groups = [{part.shares(k) for k in range(len(part))} for part in (train, validation)]
    assert not groups[0] & groups[1]
    assert sorted([*train.indexes, *validation.indexes]) == list(range(40))
    assert abs(len(validation) - 40 * share) <= 2
    drawn = [tuple(sets(Windows(4)).held_out(share, seed)[1].indexes) for seed in range(10)]
    assert len(set(drawn)) > 1


def test_without_shared_targets_the_split_is_that_of_samples_that_have_no_names():
    """The numbers are those of numpy's generator, of a run before samples were grouped."""
    order = np.random.default_rng([3, 40]).permutation(40)
    assert sets(Windows(1)).held_out(0.25, 3)[1].indexes.tolist() == sorted(order[:10].tolist())


def test_where_all_samples_share_a_target_none_can_be_held_out():
    with pytest.raises(DataError, match="all training samples share targets, directly or through others") as error:
        sets(Windows(40)).held_out(0.25, 0)
    assert error.value.help == "give the data set a validation part of its own, or leave out `validate`"
