"""Labels that are boxes are refused with the reason, wherever they are met."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.check import check
from spikegraph.data.sets import data_sets
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program.program import Program

from .events.published_files import made, write_dat

WHY = (
    "detection of boxes isn't supported: a network gives equally many values for each sample, boxes differ in number, "
    "and there is no loss, matching or score for them"
)
INSTEAD = (
    "targets are a class, a class for each time step, label maps, optical flow, disparities, depths or numbers; "
    "a plug-in adds a task of its own (docs/extending.md, `A task`)"
)

SPEC = """\
sdhs 1
neuron lif {{ }}
network net {{
  input x : real[3, 8, 8]
  time = 2
  output o = x -> conv(3, out = 4) -> norm -> lif -> pool -> linear(2) -> mean(time)
}}
dataset mine {{
  {keys}
}}
retrain net on mine {{ epochs = 1  batch = 1  weights = adam(lr = 0.02)  loss = cross_entropy(o) }}
"""


def program(folder: Path, keys: str) -> Program:
    (folder / "net.sdhs").write_text(SPEC.format(keys=keys))
    return Program.read(folder / "net.sdhs")


def pictures(folder: Path, count: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(count):
        Image.effect_noise((8, 8), 50).convert("RGB").save(folder / f"{k}.jpg")


def prophesee(folder: Path) -> None:
    """The layout of Gen1 and of the 1-megapixel set: recordings and boxes side by side."""
    boxes = np.zeros(3, [("ts", "u8"), ("x", "f4"), ("y", "f4"), ("w", "f4"), ("h", "f4"), ("class_id", "u1")])
    for part in ("train", "test"):
        write_dat(folder / part / "17-03-30_td.dat", *made(0, 50, 34, 34))
        np.save(folder / part / "17-03-30_bbox.npy", boxes)


def boxes_as_a_class(folder: Path) -> None:
    """Recordings and boxes in two folders, as if these were classes."""
    write_dat(folder / "a" / "1.dat", *made(0, 50, 34, 34))
    write_dat(folder / "a" / "2.dat", *made(0, 50, 34, 34))
    (folder / "b").mkdir()
    for k in "12":
        np.save(folder / "b" / f"{k}_bbox.npy", np.zeros(3, [("ts", "u8"), ("x", "f4"), ("w", "f4"), ("class_id", "u1")]))


def coco(folder: Path) -> None:
    pictures(folder / "train2017")
    (folder / "annotations").mkdir()
    listed = [{"file_name": f"{k}.jpg", "id": k} for k in range(3000)]
    content = {"images": listed, "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4], "category_id": 1}]}
    (folder / "annotations" / "instances_train2017.json").write_text(json.dumps(content))


def yolo(folder: Path) -> None:
    pictures(folder / "images")
    (folder / "labels").mkdir()
    for k in range(3):
        (folder / "labels" / f"{k}.txt").write_text("0 0.5 0.5 0.25 0.125\n2 0.1 0.9 1e-2 .5\n")


def voc(folder: Path) -> None:
    pictures(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    (folder / "Annotations" / "0.xml").write_text("<annotation><object><bndbox><xmin>1</xmin></bndbox></object></annotation>")


EVENTS = "source = events\n  sensor = [34, 34]\n  cache = none"
FOLDERS: dict[str, tuple[str, Callable[[Path], None], str, str]] = {
    "Prophesee": (EVENTS, prophesee, "test/17-03-30_bbox.npy", "boxes in Prophesee's layout"),
    "Prophesee's boxes in the folder of a class": (EVENTS, boxes_as_a_class, "b/1_bbox.npy", "boxes in Prophesee's layout"),
    "COCO": ("source = images", coco, "annotations/instances_train2017.json", "boxes in COCO's layout"),
    "YOLO": ("source = images", yolo, "labels/0.txt", "boxes in YOLO's layout"),
    "Pascal VOC": ("source = images", voc, "Annotations/0.xml", "boxes in Pascal VOC's layout"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_with_boxes(tmp_path: Path, name: str) -> None:
    keys, write, path, what = FOLDERS[name]
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder)
    declared = program(tmp_path, keys).spec.datasets["mine"]
    with pytest.raises(DataError) as caught:
        data_sets(declared, folder, 0)
    assert caught.value.path is not None
    assert caught.value.path.parent.parent == folder
    assert caught.value.path.name == Path(path).name or name == "Prophesee's boxes in the folder of a class"
    assert (caught.value.summary, caught.value.help) == (f"{what}: {WHY}", INSTEAD)
    assert check(folder, dataset=declared).problems[0] == f"{path}: {what}: {WHY} ({INSTEAD})"


def test_labels_of_yolo_beside_the_images(tmp_path: Path) -> None:
    yolo(tmp_path)
    with pytest.raises(DataError) as caught:
        data_sets(program(tmp_path, "source = images").spec.datasets["mine"], tmp_path / "images", 0)
    assert caught.value.summary == f"boxes in YOLO's layout: {WHY}"


@pytest.mark.parametrize("keys", ["", "\n  time_steps = true", "\n  task = numbers"])
@pytest.mark.parametrize("shape", [(10, 7, 4), (10, 7, 5)])
def test_an_array_of_boxes(tmp_path: Path, keys: str, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    images = random.random((10, 8, 8, 3), np.float32)
    np.savez(tmp_path / "a.npz", images=images, labels=random.random(shape))
    declared = program(tmp_path, f'source = arrays\n  file = "a.npz"{keys}').spec.datasets["mine"]
    with pytest.raises(DataError) as caught:
        data_sets(declared, tmp_path, 0)
    assert caught.value.message.startswith(f"{tmp_path / 'a.npz'}: `labels` {list(shape)} looks like boxes: {WHY}")
    assert caught.value.help == INSTEAD


@pytest.mark.parametrize(
    ("keys", "code", "summary"),
    [
        ('source = arrays\n  file = "a.npz"\n  task = boxes', "SG0209", "`boxes` is not among the choices"),
        ("source = python\n  task = detection", "SG0320", "there is no task `detection`"),
        ("source = images\n  task = bbox", "SG0203", "unknown key `task`"),
    ],
)
def test_a_task_of_boxes(tmp_path: Path, keys: str, code: str, summary: str) -> None:
    with pytest.raises(SpecError) as caught:
        program(tmp_path, keys).checked()
    (found,) = caught.value.diagnostics
    assert (found.code, found.summary, found.help) == (code, summary, f"{WHY}; {INSTEAD}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "3 0.5 0.5 0.25\n"),  # a number too few
        ("sizes.txt", "1 640 480 3 8\n"),  # not shares of an image
        ("readme.txt", "5 images, 3 labels\n"),
        ("meta.json", '{"annotations": []}'),
        ("layout.xml", "<folder/>"),
    ],
)
def test_other_files_are_no_boxes(tmp_path: Path, name: str, content: str) -> None:
    """The folder is refused for what it is, without its classes."""
    pictures(tmp_path / "data")
    (tmp_path / "data" / name).write_text(content)
    with pytest.raises(DataError, match="it has no folders of classes"):
        data_sets(program(tmp_path, "source = images").spec.datasets["mine"], tmp_path / "data", 0)
