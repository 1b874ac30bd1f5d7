"""Image data sets: the small Fashion-MNIST, MNIST's files, folders, baselines, downloading."""

import hashlib

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.base.errors import DataError
from spikegraph.data import image_download as downloading
from spikegraph.data.image_download import download
from spikegraph.data.image_sources import SMALL_NOTE
from spikegraph.data.images import SMALL, ImageArrays
from spikegraph.data.sets import sets_of
from spikegraph.data.source import Read
from spikegraph.tasks.class_scores import majority_class, nearest_mean

from .image_files import SMALL_FASHION, declared, read_images, write_folders, write_mnist

PADDED = [("pad", {"size": (32, 32)}), ("repeat", {"channels": 3})]


def pixels(part, index):
    """The image of a sample as the network gets it, [C, H, W]."""
    return part.sample(index).inputs["image"]


@pytest.fixture(scope="module")
def small():
    return read_images(SMALL_FASHION, PADDED, None, seed=3)


def test_the_small_fashion_mnist_has_a_notice(small):
    assert (len(small.train), len(small.test)) == (4000, 1000)
    assert small.notes == (SMALL_NOTE,) and "not CIFAR10" in SMALL_NOTE
    assert np.bincount(small.train.class_numbers()).tolist() == [400] * 10
    assert np.bincount(small.test.class_numbers()).tolist() == [100] * 10
    sample = small.train.sample(0)
    image = sample.inputs["image"]
    assert image.shape == (3, 32, 32) and image.dtype == np.float32 and sample.target == 7
    assert float(image.min()) >= 0 and 0.5 < float(image.max()) <= 1
    assert float(abs(image[:, :2]).sum() + abs(image[:, :, -2:]).sum()) == 0
    assert np.array_equal(image[0], image[2])
    assert SMALL.with_name("fashion_mnist_small.NOTICE.txt").read_text().count("MIT License") == 1


def test_an_epoch_draws_anew_and_evaluation_draws_nothing():
    calls = [*PADDED, ("random_crop", {"size": (32, 32), "padding": 4}), ("horizontal_flip", {"probability": 0.5})]
    sets = read_images(SMALL_FASHION, calls, None, seed=3)
    first = [pixels(sets.train, k) for k in range(8)]
    assert all(np.array_equal(a, pixels(sets.train, k)) for k, a in enumerate(first))
    sets.train.set_epoch(1)
    assert any(not np.array_equal(a, pixels(sets.train, k)) for k, a in enumerate(first))
    plain = read_images(SMALL_FASHION, PADDED, None, seed=3)
    sets.test.set_epoch(5)
    assert all(np.array_equal(pixels(sets.test, k), pixels(plain.test, k)) for k in range(8))


def test_batches(small):
    batch = collate([item(small.test.sample(k)) for k in range(4)], small.task)
    assert batch.inputs["image"].shape == (4, 3, 32, 32)
    assert (batch.inputs["image"].dtype, batch.target.dtype) == (torch.float32, torch.int64)
    assert batch.target.tolist() == small.test.class_numbers()[:4].tolist()


def test_held_out_images_validate_and_do_not_train(small):
    trained, held_out = small.held_out(0.1, seed=0)
    assert not held_out.training and trained.training
    train, validation = set(trained.indexes), set(held_out.indexes)
    assert (len(train), len(validation)) == (3600, 400) and not train & validation
    assert held_out.source is small.train.source
    assert held_out.class_numbers()[0] == small.train.class_numbers()[held_out.indexes[0]]
    assert set(small.held_out(0.1, seed=0)[1].indexes) == validation
    with pytest.raises(DataError, match="can't split 4000 training samples into 4000 for training and 0 for validation") as few:
        small.held_out(0.0001, seed=0)
    assert few.value.help == "one of them is `validate = 0.00025`, and one must remain"
    with pytest.raises(DataError, match="has no validation part of its own"):
        small.held_out("data", seed=0)


def test_a_step_that_cannot_be_done_names_the_image():
    sets = read_images(SMALL_FASHION, [("random_crop", {"size": (40, 40)})], None, seed=0)
    with pytest.raises(DataError) as caught:
        sets.train.sample(5)
    assert caught.value.summary == "sample 5: random_crop: 40 x 40 doesn't fit into 28 x 28"


@pytest.mark.parametrize(("source", "kind"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST")])
def test_files_of_mnist(source, kind, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    labels = np.arange(6)
    write_mnist(tmp_path, kind, images, labels)
    sets = read_images(source, [], tmp_path, seed=0)
    assert (len(sets.train), len(sets.test)) == (4, 2)
    assert sets.train.class_numbers().tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(np.rint(pixels(sets.test, 1)[0] * 255), images[5])
    with pytest.raises(DataError, match=f"there is no {kind}/raw with its four files"):
        read_images(source, [], tmp_path / "other", seed=0)


def test_folders_of_images_of_any_size(tmp_path):
    write_folders(tmp_path)
    calls = [("resize", {"size": 20}), ("random_crop", {"size": (16, 16)})]
    sets = read_images("imagenet", calls, tmp_path, seed=0)
    assert sets.about.classes == ("n01", "n02")
    assert sets.train.class_numbers().tolist() == [0, 0, 1, 1]
    assert {pixels(sets.train, k).shape for k in range(4)} == {(3, 16, 16)}
    assert sets.test.sample(3).target == 1


@pytest.mark.parametrize("share", [0.1, "data"])
def test_a_validation_part_of_its_own_without_samples(small, share):
    part = small.train.source
    none = ImageArrays(part.images[:0], part.labels[:0], part.classes)
    sets = sets_of(Read(part, part, "here", validation=none), small.declared, 0)
    with pytest.raises(DataError, match="the validation set has no samples"):
        sets.held_out(share, seed=0)


def test_classes_that_one_part_lacks(tmp_path):
    write_folders(tmp_path)
    (tmp_path / "val" / "n02").rename(tmp_path / "val" / "n2")
    with pytest.raises(DataError) as caught:
        read_images("imagenet", [], tmp_path, seed=0)
    assert caught.value.summary == "the classes differ: only the training set has `n02`, only the test set has `n2`"


def test_folders_that_are_wrong(tmp_path):
    with pytest.raises(DataError) as caught:
        read_images("imagenet", [], tmp_path, seed=0)
    assert (caught.value.path, caught.value.summary) == (tmp_path / "train", "there is no such folder")
    write_folders(tmp_path)
    (tmp_path / "train" / "n01" / "0.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="the image can't be read") as caught:
        read_images("imagenet", [], tmp_path, seed=0).train.sample(0)
    assert caught.value.path == tmp_path / "train" / "n01" / "0.png"
    (tmp_path / "val" / "empty").mkdir()
    with pytest.raises(DataError, match="empty"):
        read_images("imagenet", [], tmp_path, seed=0)


def test_a_folder_is_wanted():
    with pytest.raises(DataError, match="`cifar10` needs a data folder"):
        read_images("cifar10", [], None, seed=0)


def corners(labels, test_labels):
    """Noisy images whose brightest corner is their class."""
    random = np.random.default_rng(0)

    def held(of):
        images = random.integers(0, 60, (len(of), 4, 4, 1), dtype=np.uint8)
        for image, label in zip(images, of, strict=True):
            image[(0, 0, 3, 3)[label], (0, 3, 0, 3)[label]] = 255
        return ImageArrays(images, np.array(of), ("a", "b", "c", "d"))

    return sets_of(Read(held(labels), held(test_labels), "corners"), declared("images"), 0)


def test_baselines_by_hand():
    sets = corners([0, 1, 2, 2, 3, 3], [2, 2, 0, 3])
    assert (
        majority_class(sets.train.class_numbers(), sets.test.class_numbers()) == 50
    )  # classes 2 and 3 are as frequent: the first
    assert nearest_mean(sets.train, sets.test) == 100
    assert sets.baselines() == {"majority class": {"accuracy_percent": 50.0}, "nearest mean": {"accuracy_percent": 100.0}}


def test_nearest_mean_is_that_of_distances(small):
    images = lambda part, count: np.stack([pixels(part, k).astype(float).ravel() for k in range(count)])  # noqa: E731
    plain = small.train.part(np.arange(200), training=False)
    read = Read(
        ImageArrays(plain.source.images[:200], plain.source.labels[:200], small.about.classes),  # type: ignore[attr-defined]
        ImageArrays(small.test.source.images[:50], small.test.source.labels[:50], small.about.classes),  # type: ignore[attr-defined]
        "part",
    )
    parts = sets_of(read, declared("images", PADDED), 0)
    train, test = images(plain, 200), images(small.test, 50)
    means = np.stack([train[plain.class_numbers() == k].mean(0) for k in range(10)])
    guesses = ((test[:, None] - means) ** 2).sum(2).argmin(1)
    assert nearest_mean(parts.train, parts.test) == pytest.approx(100 * (guesses == small.test.class_numbers()[:50]).mean())


def test_downloading_asks_torchvision_for_both_parts(monkeypatch, tmp_path):
    from torchvision import datasets

    asked = []
    monkeypatch.setattr(datasets, "CIFAR10", lambda root, train, download: asked.append((root, train, download)))
    download("cifar10", tmp_path / "new")
    assert asked == [(str(tmp_path / "new"), True, True), (str(tmp_path / "new"), False, True)]

    def fails(root, train, download):
        raise RuntimeError("no route")

    monkeypatch.setattr(datasets, "CIFAR10", fails)
    with pytest.raises(DataError, match="can't download CIFAR10: no route"):
        download("cifar10", tmp_path)
    with pytest.raises(DataError, match="`imagenet` can't be downloaded automatically"):
        download("imagenet", tmp_path)
    assert set(downloading.CLASSES) == {"cifar10", "cifar100", "mnist", "fashion_mnist"}


def test_the_small_set_is_what_was_drawn():
    assert hashlib.sha256(SMALL.read_bytes()).hexdigest() == "960cf4b298f266d23b7d3bc1750663c78f61e55b998d0152dbd321daa1627879"
