"""Images of one's own: layouts, the split, and the message for each thing that is wrong."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.image_file import image_size, read_rgb
from spikegraph.data.image_folder import IMAGES, folder_of
from spikegraph.data.own_files import read_own as read_files
from spikegraph.data.own_files import unread

LAYOUT = "put the images of each class into a folder of its own, or list them in labels.csv with the columns file and label"


def read_own(root, test, seed):
    return tuple(map(folder_of, read_files(root, IMAGES, test, seed)))


def image(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 3), (shade, 0, 0)).save(path)


def folders(root, counts, names=None):
    for label, count in counts.items():
        for k in names or range(count):
            image(root / label / f"{k}.png", 10 * int(k))
    return root


def shown(part, root):
    return [(Path(p).relative_to(root).as_posix(), part.classes[k]) for p, k in zip(part.paths, part.labels, strict=True)]


def test_a_fifth_of_each_class_is_for_the_test(tmp_path):
    train, test = read_own(folders(tmp_path, {"cat": 10, "dog": 25}), 0.2, 0)
    assert train.classes == test.classes == ("cat", "dog")
    assert np.bincount(train.labels).tolist() == [8, 20]
    assert np.bincount(test.labels).tolist() == [2, 5]
    everything = shown(train, tmp_path) + shown(test, tmp_path)
    assert sorted(everything) == sorted({(f"{c}/{k}.png", c) for c, n in (("cat", 10), ("dog", 25)) for k in range(n)})
    assert train.sample(0).inputs["image"].shape == (3, 3, 4)


def test_the_split_depends_on_names_and_seed_alone(tmp_path, monkeypatch):
    first = folders(tmp_path / "a", {"cat": 9, "dog": 9})
    other = folders(tmp_path / "elsewhere" / "b", {"dog": 9, "cat": 9}, names=range(8, -1, -1))  # made in another order
    found = [shown(part, first) for part in read_own(first, 0.3, 0)]
    assert [shown(part, other) for part in read_own(other, 0.3, 0)] == found
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda *a, **k: ((at, folders, names[::-1]) for at, folders, names in walk(*a, **k)))
    assert [shown(part, first) for part in read_own(first, 0.3, 0)] == found
    assert [shown(part, first) for part in read_own(first, 0.3, 1)] != found


@pytest.mark.parametrize("part", ["test", "val"])
def test_parts_of_the_folder_are_taken(tmp_path, part):
    folders(tmp_path / "train", {"cat": 3, "dog": 1})
    folders(tmp_path / part, {"cat": 1, "dog": 2})
    train, test = read_own(tmp_path, 0.2, 0)
    assert [path for path, _ in shown(train, tmp_path)] == [*(f"train/cat/{k}.png" for k in range(3)), "train/dog/0.png"]
    assert [path for path, _ in shown(test, tmp_path)] == [f"{part}/cat/0.png", f"{part}/dog/0.png", f"{part}/dog/1.png"]


def listed(root, text):
    for k in range(4):
        image(root / f"{k}.png")
    (root / "labels.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def test_grey_images_of_16_bits_have_the_upper_eight(tmp_path):
    values = np.array([[0, 255, 256], [9_000, 40_000, 65_535]], np.uint16)
    upper = [[0, 0, 1], [35, 156, 255]]
    for name in ("a.png", "a.tiff", "a.pgm"):
        Image.fromarray(values).save(tmp_path / name)
        assert read_rgb(tmp_path / name).tolist() == [[[v] * 3 for v in row] for row in upper]
    Image.fromarray(values.astype(">u2")).save(tmp_path / "b.tiff")
    assert read_rgb(tmp_path / "b.tiff")[..., 0].tolist() == upper


@pytest.mark.parametrize(("kind", "what"), [(np.float32, "floating-point numbers"), (np.int32, "whole numbers")])
def test_images_of_which_nobody_knows_what_is_white_are_refused(tmp_path, kind, what):
    Image.fromarray(np.ones((2, 3), kind)).save(tmp_path / "a.tiff")
    for read in (read_rgb, image_size):
        with pytest.raises(DataError) as caught:
            read(tmp_path / "a.tiff")
        assert caught.value.summary == f"its pixels are {what} of 32 bits, which say not what is white"
        assert caught.value.path == tmp_path / "a.tiff"


def test_a_list_of_labels(tmp_path):
    train, test = read_own(listed(tmp_path, "file,label\n0.png,b\n1.png,a\n2.png,b\n3.png,a\n"), 0.2, 0)
    assert sorted(shown(train, tmp_path) + shown(test, tmp_path)) == [
        ("0.png", "b"), ("1.png", "a"), ("2.png", "b"), ("3.png", "a"),
    ]  # fmt: skip
    assert len(test.labels) == 2


def test_a_list_with_parts(tmp_path):
    text = "﻿part,file,label\ntrain,0.png,b\ntest,1.png,b\r\ntrain,2.png,a\ntest,3.png,a\n"
    train, test = read_own(listed(tmp_path, text), 0.2, 0)
    assert shown(train, tmp_path) == [("2.png", "a"), ("0.png", "b")]
    assert shown(test, tmp_path) == [("3.png", "a"), ("1.png", "b")]


def refused(folder, share=0.2):
    with pytest.raises(DataError) as error:
        read_own(folder, share, 0)
    path = "" if error.value.path is None else Path(error.value.path).relative_to(folder.parent).as_posix()
    return path, error.value.summary, error.value.help


def test_folders_that_are_refused(tmp_path):
    assert refused(tmp_path / "none") == ("none", "there is no such folder", LAYOUT)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused(empty) == ("empty", "it has no folders of classes", LAYOUT)
    image(empty / "loose.png")
    assert refused(empty) == ("empty", "it has no folders of classes", LAYOUT)
    one = folders(tmp_path / "one", {"cat": 3})
    (one / "dog").mkdir()
    names = "(names end in .jpg, .jpeg, .png, .ppm, .bmp, .pgm, .tif, .tiff, .webp)"
    assert refused(one) == ("one/dog", f"it has no image {names}", LAYOUT)
    few = folders(tmp_path / "few", {"cat": 3, "dog": 1})
    help = "add samples: one is for the test and one for training"
    assert refused(few) == ("few", "the class `dog` has 1 sample, of which 1 would be for the test", help)
    help = "add samples, or make `test` smaller"
    assert refused(few, 0.9) == ("few", "the class `cat` has 3 samples, of which 3 would be for the test", help)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("Test", "Train"), "`Test` and `Train` are no class by their names"),
        (("train", "validation"), "`train` and `validation` are no class by their names"),
        (("training",), "`training` is no class by its name"),
    ],
)
def test_parts_are_not_taken_for_classes(tmp_path, names, told):
    for name in names:
        folders(tmp_path / "data" / name, {"cat": 3, "dog": 3})
    assert refused(tmp_path / "data") == ("data", told, "call the parts `train` and `test`, each with a folder for each class")


def test_a_part_that_is_not_read_is_named(tmp_path):
    for name in ("train", "test"):
        folders(tmp_path / name, {"cat": 1, "dog": 1})
    assert unread(tmp_path) == ()
    (tmp_path / "val").mkdir()
    assert unread(tmp_path) == (
        "`val` isn't read: `test` has the test set, and `validate` holds out a share of the training set",
    )


def test_classes_may_be_called_like_parts(tmp_path):
    train, _ = read_own(folders(tmp_path, {"train": 3, "validation": 3}), 0.2, 0)
    assert train.classes == ("train", "validation")
    folders(tmp_path / "plane" / "jet", {"0": 3})
    folders(tmp_path / "validation" / "deep", {"0": 3})
    assert read_own(tmp_path, 0.2, 0)[0].classes == ("plane", "train", "validation")


@pytest.mark.parametrize(
    ("text", "summary", "help"),
    [
        ("", "its columns are none", "its first line is file,label or file,label,part"),
        ("name,class\n", "its columns are name, class", "its first line is file,label or file,label,part"),
        ("file,label\n", "it lists no image", LAYOUT),
        ("file,label\n0.png,\n", "line 2: `label` is missing", None),
        ("file,label\n0.png\n", "line 2: it has not 2 values", None),
        ("file,label\n0.png,a,b\n", "line 2: it has not 2 values", None),
        ("file,label\n9.png,a\n", "line 2: there is no file `9.png`", None),
        ("file,label\n0.png,a\n0.png,b\n", "line 3: `0.png` is in line 2 already", None),
        ("file,label\n0.png,a\n./0.png,b\n", "line 3: `./0.png` is in line 2 already", None),
        ("file,label\n../0.png,a\n", "line 2: `../0.png` isn't in the list's folder", "write paths relative to the list"),
        ("file,label,part\n0.png,a,dev\n", "line 2: `part` is `dev`", "write train or test, or leave the column out"),
        (
            "file,label,part\n0.png,a,train\n1.png,b,\n",
            "some lines have a `part` and some haven't",
            "give every image a part, or none",
        ),
        ("file,label,part\n0.png,a,train\n1.png,b,test\n", "the class `a` has no image of the part test", None),
        (b"file,label\n\xff,a\n", "it isn't text in UTF-8", None),
    ],
)
def test_lists_that_are_refused(tmp_path, text, summary, help):
    folder = listed(tmp_path / "images", text) if (tmp_path / "images").mkdir() is None else tmp_path
    assert refused(folder) == ("images/labels.csv", summary, help)
