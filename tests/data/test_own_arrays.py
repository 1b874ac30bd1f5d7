"""Images of one's own in arrays: files, forms, the split, and the message for each thing that is wrong."""

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.own_arrays import read_arrays

from .declared_arrays import declaration

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 4, 5), dtype=np.uint8)
LABELS = np.arange(20) % 2 * 7 + 3


def write(path, **arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array


def pairs(part):
    found = [(part.sample(k), part.images[k]) for k in range(len(part))]
    for sample, image in found:
        scale = 255 if image.dtype == np.uint8 else 1
        assert sample.inputs["image"].tolist() == (image.transpose(2, 0, 1) / np.float32(scale)).tolist()
    return {(image.tobytes(), part.classes[int(sample.target)]) for sample, image in found}


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.hdf5"])
def test_named_arrays(tmp_path, name):
    write(tmp_path / name, images=IMAGES, labels=LABELS)
    train, test = read_arrays(declaration(file=name), tmp_path)
    assert train.classes == test.classes == ("3", "10")
    assert (train.sample(0).inputs["image"].shape, train.images.dtype) == ((1, 4, 5), np.uint8)
    assert np.bincount(train.labels).tolist() == [8, 8]
    assert np.bincount(test.labels).tolist() == [2, 2]
    want = {(image.tobytes(), str(label)) for image, label in zip(IMAGES, LABELS, strict=True)}
    assert pairs(train) | pairs(test) == want
    assert len(pairs(test)) == 4
    again = read_arrays(declaration(file=name, split_seed=1), tmp_path)
    assert pairs(again[1]) != pairs(test)


def test_labels_that_are_texts_in_hdf5(tmp_path):
    names = ["Katze" if label == 3 else "Käfer" for label in LABELS]
    write(tmp_path / "a.h5", images=IMAGES, labels=np.char.encode(names, "utf-8"))
    train, test = read_arrays(declaration(file="a.h5"), tmp_path)
    assert train.classes == ("Katze", "Käfer")
    assert pairs(train) | pairs(test) == {(image.tobytes(), name) for image, name in zip(IMAGES, names, strict=True)}
    write(tmp_path / "c.h5", images=IMAGES, labels=names)
    with pytest.raises(DataError) as caught:
        read_arrays(declaration(file="c.h5"), tmp_path)
    assert caught.value.summary == "`labels` holds texts of different lengths"
    assert caught.value.help == 'write them with one length: `file["NAME"] = np.char.encode(texts, "utf-8")`'


def test_files_of_one_array(tmp_path):
    np.save(tmp_path / "x.npy", np.repeat(IMAGES[:, None], 2, axis=1).astype(np.float64) / 8)
    np.save(tmp_path / "y.npy", np.where(LABELS == 3, "cat", "dog"))
    keys = {"inputs": "x.npy", "targets": "y.npy", "channels": "first"}
    train, test = read_arrays(declaration(**keys, test=0.5), tmp_path)
    assert train.classes == ("cat", "dog")
    assert (train.images.shape, train.images.dtype) == ((10, 4, 5, 2), np.float32)
    assert test.images.max() > 1  # as they are


def test_a_test_set_of_its_own(tmp_path):
    write(tmp_path / "a.npz", images=IMAGES, labels=LABELS, x=IMAGES[:3], y=LABELS[:3])
    train, test = read_arrays(declaration(file="a.npz", test_inputs="x", test_targets="y"), tmp_path)
    assert (len(train.labels), test.labels.tolist()) == (20, [0, 1, 0])
    assert np.array_equal(test.images[..., 0], IMAGES[:3])
    with pytest.raises(DataError, match="`test_inputs` and `test_targets` belong together"):
        read_arrays(declaration(file="a.npz", test_inputs="x"), tmp_path)


def test_images_of_the_package_from_an_array(tmp_path):
    """Real images: the small Fashion-MNIST, written to a file and read again."""
    from spikegraph.data.images import read_small

    (train, test) = read_small()
    write(tmp_path / "a.h5", x=train.images, y=train.labels, tx=test.images, ty=test.labels)
    keys = {"inputs": "x", "targets": "y", "test_inputs": "tx", "test_targets": "ty"}
    found = read_arrays(declaration(file="a.h5", **keys), tmp_path)
    for one, other in zip(found, (train, test), strict=True):
        assert np.array_equal(one.images, other.images)
        assert np.array_equal(one.labels, other.labels)


@pytest.mark.parametrize(
    ("arrays", "keys", "summary", "help"),
    [
        ({}, {"file": "b.npz"}, "there is no such file", "name it with `file`, relative to the folder of the data"),
        ({"x": IMAGES}, {}, "it has no array `images`", "name one that it has with `inputs` and `targets`: `x`"),
        (
            {"images": IMAGES[None, None]},
            {},
            "`images` has the shape [1, 1, 20, 4, 5]; images are [N, H, W] or [N, H, W, C]",
            None,
        ),
        (
            {"images": IMAGES.astype(np.int64)},
            {},
            "`images` has numbers of the type int64",
            "store uint8, which is divided by 255, or floating-point numbers, which are taken as they are",
        ),
        ({"images": np.full((20, 4, 5), np.nan)}, {}, "`images[0]` has numbers that aren't finite", None),
        ({"images": IMAGES, "labels": LABELS[:9]}, {}, "`labels` has the shape [9] for 20 images", "give one label for each"),
        ({"images": IMAGES, "labels": LABELS / 2}, {}, "`labels` has labels of the type float64", "store integers or texts"),
        (
            {"images": IMAGES[:3], "labels": LABELS[:3]},
            {},
            "the class `10` has 1 sample, of which 1 would be for the test",
            "add samples: one is for the test and one for training",
        ),
    ],
)
def test_arrays_that_are_refused(tmp_path, arrays, keys, summary, help):
    write(tmp_path / "a.npz", **({"labels": LABELS} if "images" in arrays else {}) | arrays)
    with pytest.raises(DataError) as error:
        read_arrays(declaration(**{"file": "a.npz", **keys}), tmp_path)
    assert (error.value.summary, error.value.help) == (summary, help)
    assert Path(error.value.path).parent == tmp_path


@pytest.mark.parametrize(
    ("name", "content", "summary"),
    [
        ("a.npz", b"no zip", "it can't be read: "),
        ("a.h5", b"no hdf5", "this is not an HDF5 file"),
        ("a.csv", b"1,2", "arrays are read from .npz and HDF5 files, or from .npy files"),
        ("a.npy", b"1,2", "arrays are read from .npz and HDF5 files, or from .npy files"),
    ],
)
def test_files_that_are_refused(tmp_path, name, content, summary):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as error:
        read_arrays(declaration(file=name), tmp_path)
    assert error.value.summary.startswith(summary)


def test_a_file_elsewhere(tmp_path):
    for name in ("../x.npy", "/x.npy"):
        with pytest.raises(DataError) as error:
            read_arrays(declaration(inputs=name), tmp_path)
        assert error.value.summary == f"`{name}` isn't in the folder of the data"


def test_objects_are_not_unpickled(tmp_path):
    class Bad:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    np.savez(tmp_path / "a.npz", images=np.array([Bad()], object), labels=LABELS)
    with pytest.raises(DataError, match="`images`: it holds Python objects, which aren't read"):
        read_arrays(declaration(file="a.npz"), tmp_path)
    assert not (tmp_path / "ran").exists()


def test_what_else_is_in_an_archive_does_not_matter(tmp_path):
    """An archive may have other files, and arrays of objects that nobody names."""
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS, notes=np.array([{}], object))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("readme.txt", "made by hand")
    train, _ = read_arrays(declaration(file="a.npz"), tmp_path)
    assert len(train.labels) == 16


def test_a_file_of_two_arrays_has_the_first(tmp_path):
    with (tmp_path / "x.npy").open("wb") as file:
        np.save(file, IMAGES)
        np.save(file, LABELS)
    np.save(tmp_path / "y.npy", LABELS)
    train, _ = read_arrays(declaration(inputs="x.npy", targets="y.npy"), tmp_path)
    assert len(train.labels) == 16
