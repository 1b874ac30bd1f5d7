"""CIFAR10 and CIFAR100 from files in the published layout: images and invalid files."""

import os
import pickle

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.cifar import read_cifar

from .image_files import CLASSES, coloured_images, flat, pickled, read_images, write_cifar10


@pytest.fixture(scope="module")
def coloured():
    return coloured_images()


def test_coloured_images_come_out_as_they_are(coloured, tmp_path):
    images, labels = coloured
    assert images.shape == (20, 32, 32, 3) and len(set(labels)) == 8
    write_cifar10(tmp_path, images, labels)
    sets = read_images("cifar10", [], tmp_path, seed=0)
    assert (len(sets.train), len(sets.test)) == (15, 5)
    assert sets.train.source.classes == tuple(c.decode() for c in CLASSES)
    for part, first in ((sets.train, 0), (sets.test, 15)):
        for k in range(len(part)):
            sample = part.sample(k)
            image = sample.inputs["image"]
            assert image.dtype == np.float32 and sample.target == labels[first + k]
            np.testing.assert_array_equal(np.rint(image * 255), images[first + k].transpose(2, 0, 1))
    assert sets.notes == ("cifar10 has 15 training and 5 test images here, instead of the published 50,000 and 10,000",)
    assert sets.source == f"cifar10 ({tmp_path})"


def test_the_inner_folder_may_be_named_too(coloured, tmp_path):
    train, test, _ = read_cifar("cifar10", write_cifar10(tmp_path, *coloured))
    assert (len(train.labels), len(test.labels)) == (15, 5)


def test_cifar100_has_the_fine_classes(coloured, tmp_path):
    images, labels = coloured
    root = tmp_path / "cifar-100-python"
    for name, part in (("train", slice(0, 15)), ("test", slice(15, 20))):
        pickled(root / name, data=flat(images[part]), fine_labels=(labels[part] * 10).tolist(), coarse_labels=[0] * 15)
    pickled(root / "meta", fine_label_names=[f"c{k}".encode() for k in range(100)])
    train, test, _ = read_cifar("cifar100", tmp_path)
    assert len(train.classes) == 100
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), labels * 10)


def refused(folder):
    with pytest.raises(DataError) as caught:
        read_cifar("cifar10", folder)
    return caught.value


def test_an_empty_folder(tmp_path):
    error = refused(tmp_path)
    assert (error.path, error.summary) == (tmp_path, "it has no folder cifar-10-batches-py")
    assert error.help == "--download fetches it"


@pytest.mark.parametrize(
    ("name", "content", "summary"),
    [
        ("data_batch_3", None, "the file is missing"),
        ("data_batch_3", b"\x80\x02}q\x00(U", "it is damaged or not a batch of images"),
        ("data_batch_3", pickle.dumps([1]), "it is not a batch of images"),
        ("test_batch", {"data": np.zeros((2, 5), np.uint8), "labels": [0, 1]}, "`data` is uint8 [2, 5], not uint8 [N, 3072]"),
        ("test_batch", {"data": np.zeros((2, 3072)), "labels": [0, 1]}, "`data` is float64 [2, 3072], not uint8 [N, 3072]"),
        ("test_batch", {"labels": [0, 1]}, "`data` is NoneType, not uint8 [N, 3072]"),
        ("test_batch", {"data": np.zeros((2, 3072), np.uint8), "labels": [0]}, "it has 2 images and 1 `labels`"),
        ("test_batch", {"data": np.zeros((2, 3072), np.uint8)}, "it has 2 images and no `labels`"),
        ("test_batch", {"data": np.zeros((2, 3072), np.uint8), "labels": [0, 10]}, "the class 10 is not from 0 to 9"),
        ("batches.meta", {}, "it has no `label_names`"),
    ],
)
def test_a_file_that_is_wrong_is_named(coloured, tmp_path, name, content, summary):
    path = write_cifar10(tmp_path, *coloured) / name
    if content is None:
        path.unlink()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        pickled(path, **content)
    error = refused(tmp_path)
    assert error.path == path
    assert error.summary.startswith(summary)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_wants_to_run_something_is_refused(coloured, tmp_path):
    made = tmp_path / "made"
    path = write_cifar10(tmp_path, *coloured) / "data_batch_1"
    path.write_bytes(pickle.dumps({b"data": Evil(made)}))
    error = refused(tmp_path)
    assert error.path == path
    assert f"it refers to {os.mkdir.__module__}.mkdir, which a batch of images does not need" in error.summary
    assert not made.exists()
