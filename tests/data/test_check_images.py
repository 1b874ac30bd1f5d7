"""`data check` on image data sets: what it counts, and the problems of files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikegraph.backends.torch.predicting import Prediction
from spikegraph.cli.predict import write_map
from spikegraph.data.check import check
from spikegraph.data.image_report import ClassReport
from spikegraph.data.sample import Sample
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program

from .image_files import coloured_images, pickled, write_cifar10, write_folders, write_mnist


@pytest.fixture(scope="module")
def coloured():
    return coloured_images()


def test_cifar10(coloured, tmp_path):
    images, labels = coloured
    write_cifar10(tmp_path, images, labels)
    report = check(tmp_path)
    (found,) = report.images
    assert (report.sound, found.source, found.layout) == (True, "cifar10", "cifar-10-batches-py")
    assert [(part.name, part.images) for part in found.parts] == [("train", 15), ("test", 5)]
    counts = np.bincount(labels[:15], minlength=10)
    assert [c.images for c in found.parts[0].classes] == counts.tolist()
    assert found.parts[0].classes[0] == ClassReport("airplane", int(counts[0]), (32, 32), (32, 32))
    assert found.notes == ("15 training and 5 test images, instead of the published 50,000 training and 10,000 test images",)
    lines = report.text().splitlines()
    assert lines[2:4] == ["cifar10: cifar-10-batches-py", "  train: 15 images, 10 classes, 32 x 32 pixels"]
    assert lines[-1] == "sound"


def test_the_problems_of_cifar_by_file(coloured, tmp_path):
    images, labels = coloured
    root = write_cifar10(tmp_path, images, labels)
    (root / "data_batch_2").unlink()
    (root / "data_batch_3").write_bytes(b"no pickle")
    pickled(root / "data_batch_4", data=images[:2].reshape(2, -1), labels=[0, 10])
    report = check(tmp_path)
    first, second, third = report.images[0].problems
    assert first == "data_batch_2: the file is missing (use --download to fetch missing files)"
    assert second.startswith("data_batch_3: it is damaged or not a batch of images: ")
    assert third == "data_batch_4: the class 10 is not from 0 to 9"
    assert report.images[0].parts[0].images == 6
    assert report.text().splitlines()[-1] == "not sound: 3 problems"


def test_mnist(tmp_path):
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (12, 28, 28)), np.arange(12) % 10
    write_mnist(tmp_path, "MNIST", images, labels)
    write_mnist(tmp_path, "FashionMNIST", images, labels)
    report = check(tmp_path)
    assert report.sound
    assert [found.source for found in report.images] == ["mnist", "fashion_mnist"]
    train, test = report.images[1].parts
    assert (train.images, test.images) == (10, 2)
    assert test.classes[1] == ClassReport("Trouser", 1, (28, 28), (28, 28))
    assert test.classes[3] == ClassReport("Dress", 0, None, None)


def test_the_problems_of_mnist_by_file(tmp_path):
    write_mnist(tmp_path, "MNIST", np.zeros((12, 28, 28)), np.arange(12) % 10)
    raw = tmp_path / "MNIST" / "raw"
    (raw / "train-labels-idx1-ubyte").unlink()
    path = raw / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-10])
    (found,) = check(tmp_path).images
    assert found.problems == (
        "MNIST/raw/train-labels-idx1-ubyte: the file is missing (run gunzip on train-labels-idx1-ubyte.gz)",
        "MNIST/raw/t10k-images-idx3-ubyte: it has 1,558 bytes of data, expected 1,568 (download it again)",
    )
    write_mnist(tmp_path, "FashionMNIST", np.zeros((4, 28, 28)), np.array([0, 1, 10, 2]))
    path = tmp_path / "FashionMNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_bytes(b"\0\0\x08\x01" + path.read_bytes()[4:])
    assert check(tmp_path).images[1].problems == (
        "FashionMNIST/raw/train-images-idx3-ubyte: it doesn't begin like an array of bytes with 3 axes (download it again)",
        "FashionMNIST/raw/t10k-labels-idx1-ubyte: label 0 is 10, not from 0 to 9",
    )


def test_folders_of_images(tmp_path):
    write_folders(tmp_path)
    seen: list[tuple[int, int]] = []
    report = check(tmp_path, lambda done, total: seen.append((done, total)))
    (found,) = report.images
    assert report.sound
    assert [c for part in found.parts for c in part.classes] == [
        ClassReport(name, 2, (40, 30), (30, 50)) for name in ("n01", "n02", "n01", "n02")
    ]
    assert seen == [(k, 8) for k in range(1, 9)]
    assert "  train: 4 images, 2 classes, 40 x 30 to 30 x 50 pixels\n    n01  2\n    n02  2\n" in report.text()
    values = json.loads(json.dumps(report.json()))
    assert values["images"][0]["parts"][0]["classes"][0] == {
        "name": "n01",
        "images": 2,
        "smallest": [40, 30],
        "largest": [30, 50],
    }


def test_the_problems_of_folders_by_file(tmp_path):
    write_folders(tmp_path)
    cut = tmp_path / "train" / "n01" / "0.png"
    cut.write_bytes(cut.read_bytes()[:200])
    (tmp_path / "val" / "n02" / "1.png").write_text("no image")
    (tmp_path / "val" / "n02" / "list.txt").write_text("")
    (tmp_path / "train" / "n03").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "train" / "stray.png")
    (found,) = check(tmp_path).images
    assert found.problems[:2] == (
        "train/n03/ has no image (names end in .jpg, .jpeg, .png, .ppm, .bmp, .pgm, .tif, .tiff, .webp)",
        "val/ has no folder for n03, which train/ has",
    )
    assert found.problems[2].startswith("train/n01/0.png: the image can't be read: ")
    assert found.problems[3:] == ("val/n02/1.png: the image can't be read: it isn't BMP, JPEG, PNG, PPM, TIFF or WEBP",)
    assert found.notes == (
        "train/stray.png is ignored: it is not an image in the folder of a class",
        "val/n02/list.txt is ignored: it is not an image in the folder of a class",
    )
    assert [c.images for c in found.parts[0].classes] == [1, 2, 0]


def test_a_part_is_missing(tmp_path):
    write_folders(tmp_path)
    for path in sorted((tmp_path / "val").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (found,) = check(tmp_path).images
    assert found.problems == ("val/ has no folders of classes",)
    (tmp_path / "val").rmdir()
    assert check(tmp_path).images[0].problems == ("val/ is missing: specs read train/CLASS and val/CLASS",)


def test_many_classes_are_not_listed(tmp_path):
    image = Image.new("RGB", (4, 4))
    for part in ("train", "val"):
        for number in range(101):
            folder = tmp_path / part / f"c{number:03}"
            folder.mkdir(parents=True)
            image.save(folder / "a.png")
    image.save(tmp_path / "train" / "c000" / "b.png")
    text = check(tmp_path).text()
    assert "  train: 102 images, 101 classes, 4 x 4 pixels\n    1 to 2 images in a class; --json lists all\n" in text


def test_both_recordings_and_images_are_named_where_there_are_none(tmp_path: Path):
    (tmp_path / "cat.png").write_bytes(b"")
    assert check(tmp_path).problems == (
        "no recording in MVSEC's layout (files *_data.hdf5 and *_gt.hdf5), nor in DSEC's (train/SEQUENCE/events)",
        "no images: specs read cifar-10-batches-py, cifar-100-python, MNIST/raw, FashionMNIST/raw, and folders of images in "
        "CLASS, or in train/CLASS and val/CLASS",
        "no event data set: specs read those of docs/events.md, and recordings in CLASS, or in train/CLASS and test/CLASS",
    )


def test_what_spikegraph_wrote_beside_images_is_passed_over(tmp_path):
    """A run in a folder, predictions of classes and predicted maps; classes may have files that are called like these."""
    for folder in ("cat", "dog", "runs/first/examples", "tables", "maps"):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(5):
            Image.new("RGB", (4, 4)).save(tmp_path / folder / f"{number:04}-a.png")
    for file in ("runs/first/manifest.json", "runs/first/resolved.sdhs", "dog/manifest.json"):
        (tmp_path / file).write_text("")
    (tmp_path / "tables" / "predictions.csv").write_text("file,prediction,probability\na.png,cat,0.9\n")
    (tmp_path / "cat" / "predictions.csv").write_text("file,label\na.png,cat\n")
    write_map(tmp_path / "maps", 0, Prediction(Sample({}, np.zeros(0), "a"), (), np.zeros((1, 4, 4), np.float32)), "depth", ())
    report = check(tmp_path)
    (found,) = report.images
    assert [[(c.name, c.images) for c in part.classes] for part in found.parts] == [
        [("cat", 4), ("dog", 4)],
        [("cat", 1), ("dog", 1)],
    ]
    assert report.sound
    notes = (
        "maps/ is passed over: it holds predictions",
        "runs/ is passed over: it holds runs",
        "tables/ is passed over: it holds predictions",
    )
    assert report.notes == notes
    np.save(tmp_path / "cat" / "0000-a.npy", np.zeros((4, 4)))
    program = Program.of_text("sdhs 1\ndataset mine { source = images }\n", "a.sdhs").checked()
    found = data_sets(program.spec.datasets["mine"], tmp_path, 0)
    assert (found.about.classes, found.notes) == (("cat", "dog"), notes)


def test_what_spikegraph_wrote_in_a_part_is_passed_over(tmp_path):
    for folder in ("train/cat", "train/dog", "val/cat", "val/dog", "val/tables"):
        (tmp_path / folder).mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(tmp_path / folder / "a.png")
    (tmp_path / "val" / "tables" / "predictions.csv").write_text("file,prediction,probability\na.png,cat,0.9\n")
    notes = ("val/tables/ is passed over: it holds predictions",)
    assert check(tmp_path).notes == notes
    for source in ("images", "imagenet"):
        program = Program.of_text(f"sdhs 1\ndataset mine {{ source = {source} }}\n", "a.sdhs").checked()
        assert data_sets(program.spec.datasets["mine"], tmp_path, 0).notes == notes


def test_arrays_beside_a_run_are_not_taken_for_recordings_of_the_class_run(tmp_path):
    (tmp_path / "first").mkdir()
    for name in ("manifest.json", "resolved.sdhs"):
        (tmp_path / "first" / name).write_text("")
    for path in (tmp_path / "first" / "examples.npz", tmp_path / "mine.npz"):
        np.savez(path, inputs=np.zeros((2, 3), np.float32))
    report = check(tmp_path)
    assert (report.event_sets, report.images, report.sound) == ((), (), True)
    assert report.notes == ("first/ is passed over: it holds runs", "mine.npz: inputs [2, 3]")


def test_files_that_are_no_images_by_their_names_are_named(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        for k in range(2):
            Image.new("L", (4, 4), 80 * k).save(tmp_path / label / f"{k}.png")
    assert check(tmp_path).images[0].notes == ()
    for name in ("a/2.gif", "b/2.jfif", "b/.hidden"):
        (tmp_path / name).write_bytes(b"")
    assert check(tmp_path).images[0].notes == ("no image by its name, and not read: a/2.gif, b/2.jfif (2 files)",)
