"""`data check` and a training say the same of wrong data, whatever is wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from spikegraph.data.check import check
from spikegraph.data.sample import Sample
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.schema.dataset import SOURCES, Source
from spikegraph.dsl.schema.map_datasets import MapDataset
from spikegraph.dsl.spec import Dataset

from .checked_data import (
    ARRAYS,
    CROPPED,
    EVENTS,
    FILES,
    IMAGES,
    LABEL_MAPS,
    LABELS,
    MAPS,
    NO_SENSOR,
    NUMBERS,
    PARTS,
    PIXELS,
    SEQUENCES,
    VECTORS,
    arrays,
    below,
    black_images,
    declared,
    files_of_parts,
    images,
    maps,
    recordings,
    trained,
)
from .events.published_files import made, write_bin, write_dat


def nanoseconds(folder: Path) -> None:
    for label in "ab":
        (folder / label).mkdir()
        for k in range(3):
            x, y, t, p = made(k, 50, 34, 34, stop=1_300_000_000)
            np.savez(folder / label / f"{k}.npz", x=x, y=y, t=t, p=p)


def with_file(name: str, content: Callable[[Path], object]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        recordings(folder)
        content(folder / name)

    return write


def columns(**changed: np.ndarray) -> Callable[[Path], object]:
    """A recording as columns, of which some are changed."""
    x, y, t, p = made(7, 50, 34, 34)
    return lambda path: np.savez(path, **({"x": x, "y": y, "t": t, "p": p} | changed))


def parts(folder: Path) -> None:
    """Recordings of which the test part lacks a class."""
    for part, labels in (("train", "abc"), ("test", "ab")):
        for label in labels:
            write_bin(folder / part / label / "0.bin", *made(0, 50, 34, 34))


def damaged_image(folder: Path) -> None:
    images({})(folder)
    path = folder / "b" / "1.png"
    path.write_bytes(path.read_bytes()[:40])


def image_parts(folder: Path) -> None:
    for part, labels in (("train", "ab"), ("test", "a")):
        for label in labels:
            (folder / part / label).mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(folder / part / label / "0.png")


def truncated_array(folder: Path) -> None:
    """An archive whose labels have fewer values than they claim."""
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        for name, array in (("images", PIXELS), ("labels", LABELS)):
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(f"{name}.npy", content.getvalue()[: -8 if name == "labels" else None])


def wrong_checksum(folder: Path) -> None:
    arrays()(folder)
    data = bytearray((folder / "a.npz").read_bytes())
    data[600] ^= 1
    (folder / "a.npz").write_bytes(data)


def large(value: float) -> np.ndarray:
    found = PIXELS.astype(np.float64)
    found[9, 3, 3] = value
    return found


T = made(7, 50, 34, 34)[2].astype(np.float64)

SOUND: dict[str, tuple[str, Callable[[Path], None]]] = {
    "recordings": (EVENTS, recordings),
    "times in seconds": (EVENTS, with_file("a/9.npz", columns(t=T / 1e6))),
    "images": (IMAGES, images({})),
    "images of different sizes that are made one": (CROPPED, images({"a0": (8, 12)})),
    "arrays": (ARRAYS, arrays()),
    "a file of arrays in a folder": ('source = arrays\n  file = "data/a.npz"', below),
    "files of arrays in folders of parts": (FILES, files_of_parts),
    "a test of one class": (f"{ARRAYS}{PARTS}", arrays(x=PIXELS, y=LABELS * 0)),
    "a class of a few training samples beside a test": (
        f"{ARRAYS}{PARTS}",
        arrays(labels=np.eye(10, dtype=int)[0], x=PIXELS, y=LABELS),
    ),
    "maps": (MAPS, maps()),
    "sequences": (SEQUENCES, arrays()),
    "numbers": (NUMBERS, arrays(labels=LABELS / 2)),
    "vectors": (VECTORS, arrays(images=PIXELS[:, 0])),
    "short recordings of which a short time is used": (f"{EVENTS}\n  duration = 300us", lambda folder: recordings(folder, 300)),
}
WRONG: dict[str, tuple[str, Callable[[Path], None]]] = {
    "no sensor": (NO_SENSOR, recordings),
    "a sensor that is too small": ("source = events\n  cache = none\n  sensor = [20, 34]", recordings),
    "a sensor smaller than the size": (f"{EVENTS}\n  size = [40, 40]", recordings),
    "microseconds as floating-point numbers": (EVENTS, with_file("a/9.npz", columns(t=T * 1e3))),
    "a time that isn't finite": (EVENTS, with_file("a/9.npz", columns(t=np.where(T[30] == T, np.nan, T / 1e6)))),
    "a place that isn't finite": (EVENTS, with_file("a/9.npz", columns(x=np.full(50, np.inf)))),
    "an event before the first column": (EVENTS, with_file("b/9.npz", columns(x=np.full(50, -1)))),
    "no event": (EVENTS, with_file("b/9.dat", lambda path: write_dat(path, [], [], [], []))),
    "a recording that is cut": (EVENTS, with_file("b/0.bin", lambda path: path.write_bytes(path.read_bytes()[:-2]))),
    "a class without a test": (EVENTS, parts),
    "a share for the test that leaves nothing": (f"{EVENTS}\n  test = 0.9", recordings),
    "images of different sizes": (IMAGES, images({"a0": (8, 12)})),
    "images smaller than the crop": ("source = images\n  augment = [random_crop([8, 8])]", images({"a0": (8, 7)})),
    "a damaged image": (IMAGES, damaged_image),
    "a class of images without a test": (IMAGES, image_parts),
    "an array that isn't there": ('source = arrays\n  file = "a.npz"\n  inputs = pixels', arrays()),
    "a file that isn't there": ('source = arrays\n  file = "b.npz"', arrays()),
    "numbers that aren't finite": (ARRAYS, arrays(images=large(np.nan))),
    "numbers too large for float32": (ARRAYS, arrays(images=large(1e300))),
    "whole numbers of pixels": (ARRAYS, arrays(images=LABEL_MAPS.astype(np.int64))),
    "labels of another length": (ARRAYS, arrays(labels=LABELS[:9])),
    "fractions as labels": (ARRAYS, arrays(labels=LABELS / 2)),
    "one class": (ARRAYS, arrays(labels=LABELS * 0)),
    "a class of one sample": (ARRAYS, arrays(labels=np.eye(10, dtype=int)[0])),
    "a class of one sequence": (SEQUENCES, arrays(labels=np.eye(10, dtype=int)[0])),
    "one sequence with numbers": (NUMBERS, arrays(images=PIXELS[:1], labels=np.array([[1.0, 2.0]]))),
    "labels of another length in a folder": (FILES, lambda folder: files_of_parts(folder, LABELS[1:])),
    "training labels that are all one class": (f"{ARRAYS}{PARTS}", arrays(labels=LABELS * 0, x=PIXELS, y=LABELS)),
    "sequences for training that are all one class": (f"{SEQUENCES}{PARTS}", arrays(labels=LABELS * 0, x=PIXELS, y=LABELS)),
    "steps for training that are all one class": (
        f"{SEQUENCES}{PARTS}\n  task = step_class",
        arrays(labels=LABEL_MAPS[:, 0] * 0, x=PIXELS, y=LABEL_MAPS[:, 0]),
    ),
    "vectors of one class": (VECTORS, arrays(images=PIXELS[:, 0], labels=LABELS * 0)),
    "labels that aren't text": (ARRAYS, arrays(labels=np.array([b"\xff", b"a"] * 5))),
    "fewer values than claimed": (ARRAYS, truncated_array),
    "a wrong checksum": (ARRAYS, wrong_checksum),
    "objects": (ARRAYS, arrays(labels=np.array([{}] * 10, object))),
    "a label map of another size": (MAPS, maps(labels=LABEL_MAPS[:, 1:])),
    "a label beyond 255": (MAPS, maps(labels=LABEL_MAPS.astype(np.int32) + 256)),
    "inputs of maps that aren't finite": (MAPS, maps(images=large(np.inf)[:, None])),
    "images that are all black": (IMAGES, black_images),
    "arrays of one number": (ARRAYS, arrays(images=PIXELS * 0 + 2)),
    "sequences of one number": (SEQUENCES, arrays(images=PIXELS * 0)),
    "targets of one number": (NUMBERS, arrays(labels=LABELS * 0 + 3)),
    "targets that aren't known": (NUMBERS, arrays(labels=LABELS * np.nan)),
    "maps of one label": (MAPS, maps(labels=LABEL_MAPS * 0 + 1)),
    "maps without labels": (MAPS, maps(labels=LABEL_MAPS * 0 + 255)),
    "times in milliseconds": (EVENTS, lambda folder: recordings(folder, 300)),
    "times in nanoseconds, of 1.3 s": ("source = events\n  cache = none\n  sensor = [34, 34]", nanoseconds),
    "one sample": (MAPS, maps(images=PIXELS[:1, None], labels=LABEL_MAPS[:1])),
}


@pytest.mark.parametrize("name", [*SOUND, *WRONG])
def test_the_verdict_is_that_of_a_training(tmp_path: Path, name: str) -> None:
    keys, write = SOUND.get(name) or WRONG[name]
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder)
    program = declared(folder, keys)
    dataset = program.spec.datasets["mine"]
    assert trained(program, folder) == (name in SOUND)
    report = check(folder, dataset=dataset)
    assert report.sound == (name in SOUND), report.text()


@pytest.mark.parametrize("wrong", [False, True])
def test_what_a_plug_in_reads_is_not_taken_for_another_layout(tmp_path: Path, registrations: None, wrong: bool) -> None:
    """As the plug-in of docs/dense.md: files of arrays in `train` and `test`, which aren't classes of images."""
    folder = tmp_path / "data"
    for part in ("train", "test"):
        (folder / part).mkdir(parents=True)
        np.savez(folder / part / "0.npz", image=PIXELS[0] * (not wrong))

    class Scenes(Samples):
        def __init__(self, part: Path) -> None:
            self._paths = sorted(part.glob("*.npz"))

        def __len__(self) -> int:
            return len(self._paths)

        def sample(self, index: int) -> Sample:
            with np.load(self._paths[index]) as held:
                return Sample({"image": held["image"][None]}, LABEL_MAPS[index].astype(np.int64))

    def read(dataset: Dataset, folder: Path) -> Read:
        return Read(Scenes(folder / "train"), Scenes(folder / "test"), "scenes")

    SOURCES.register("scenes_of_maps", Source(MapDataset, read, shape=(1, 8, 8), classes=2))
    report = check(folder, dataset=declared(folder, "source = scenes_of_maps").spec.datasets["mine"])
    why = "sample 0: all values of this and all other training samples are 0: there is nothing to learn from"
    told = f"{why} (look at the samples with `spikegraph data show SPEC`)"
    assert (report.problems, report.sound) == ((told,) if wrong else (), not wrong)


def test_without_a_spec_what_it_must_say_is_named(tmp_path: Path) -> None:
    recordings(tmp_path)
    report = check(tmp_path)
    assert report.sound
    assert report.event_sets[0].needs == (
        "`sensor = [34, 34]`, or more: 6 recordings don't tell the size of their sensor, and their events reach so far",
    )
    assert report.text().splitlines()[-1] == "sound for a spec that says what is named above"


@pytest.mark.parametrize(
    "what", ["microseconds as floating-point numbers", "a place that isn't finite", "a class without a test"]
)
def test_what_no_spec_can_change_is_a_problem_without_one(tmp_path: Path, what: str) -> None:
    WRONG[what][1](tmp_path)
    assert not check(tmp_path).sound


def test_arrays_of_the_names_that_are_the_default_are_checked_without_a_spec(tmp_path: Path) -> None:
    arrays(images=large(np.nan))(tmp_path)
    assert check(tmp_path).problems == ("a.npz: `images[9]` has numbers that aren't finite",)
    (tmp_path / "a.npz").unlink()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["images"], file["labels"] = PIXELS, LABELS[:9]
    assert check(tmp_path).problems == ("a.h5: `labels` has the shape [9] for 10 images (give one label for each)",)
