"""Data with other classes than those that a network was trained on."""

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.images import ImageArrays
from spikegraph.data.sets import data_sets, sets_of
from spikegraph.data.source import Read
from spikegraph.data.trained_classes import as_trained

from .declared_arrays import declaration


def sets(classes, labels):
    images = np.arange(len(labels) * 4, dtype=np.uint8).reshape(-1, 2, 2, 1)
    part = ImageArrays(images, np.asarray(labels, np.int64), classes)
    return sets_of(Read(part, part, "images (field)"), declaration(), 0)


def test_classes_are_found_by_their_names():
    found = as_trained(sets(("bat", "dog"), [1, 0, 1]), ("ant", "bat", "cat", "dog"))
    for part in (found.train, found.test):
        assert part.about.classes == ("ant", "bat", "cat", "dog")
        assert part.class_numbers().tolist() == [3, 1, 3]
        assert [int(part.sample(k).target) for k in range(3)] == [3, 1, 3]
    assert found.train.training and not found.test.training
    assert found.sample_type.classes == 4


def test_the_same_classes_and_unknown_ones_stay():
    own = sets(("bat", "dog"), [1, 0])
    assert as_trained(own, ("bat", "dog")) is own
    assert as_trained(own, ()) is own


def test_arrays_may_have_one_of_the_classes(tmp_path):
    """As `evaluate RUN --data DIR` reads them; nothing is trained."""
    np.savez(tmp_path / "a.npz", images=np.random.default_rng(0).random((5, 2, 2), np.float32), labels=np.full(5, "cat"))
    found = as_trained(data_sets(declaration(file="a.npz"), tmp_path, 0), ("ant", "cat"))
    assert (found.about.classes, found.test.class_numbers().tolist()) == (("ant", "cat"), [1])


def test_a_class_that_the_network_does_not_know_is_refused():
    with pytest.raises(DataError) as caught:
        as_trained(sets(("dog", "horse"), [1, 0]), ("cat", "dog"))
    assert caught.value.summary == "images (field): the network wasn't trained on the class `horse`, but on `cat`, `dog`"
    assert caught.value.help == "call the classes as they were called in the training, and leave others out"
