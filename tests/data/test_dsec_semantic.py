"""Label maps of DSEC-Semantic and the events before them, against what was written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.dsec_semantic import CLASSES, read_semantic
from spikegraph.data.given import as_given, given
from spikegraph.data.sets import data_sets
from spikegraph.dsl.schema.map_datasets import DsecSemanticDataset
from spikegraph.dsl.source import Span

from .dsec_files import HEIGHT, OFFSET, WIDTH, Made, write_events, write_labels, write_sequence

SPAN = Span("made.sdhs", 1, 1, 1, 1)


def declared(**keys: Any) -> DsecSemanticDataset:
    usual: dict[str, Any] = {"stack": 0.05, "frames": 2, "steps": 3, "train": ("a",), "test": ("b",), "every": 2}
    common: dict[str, Any] = {"name": "dsec_semantic", "source": "dsec_semantic", "augment": (), "folder": None, "span": SPAN}
    return DsecSemanticDataset(**common, **usual | keys)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Made, dict[str, np.ndarray[Any, Any]]]:
    """The sequences `a` and `b`: what was written of `a`, and the labels of both."""
    written = {name: write_sequence(tmp_path, name, disparities=6, seed=ord(name)) for name in "ab"}
    labels = {name: write_labels(one.folder, seed=ord(name)) for name, one in written.items()}
    return written["a"], labels


def test_samples_are_those_of_a_loop(tmp_path: Path, made: tuple[Made, dict[str, np.ndarray[Any, Any]]]) -> None:
    written, labels = made
    data = read_semantic(declared(), tmp_path)
    assert (len(data.train), len(data.test), data.train.about.classes) == (2, 2, CLASSES)  # labels 6 and 8 of ten
    assert data.origin == f"DSEC-Semantic, sequences: 1 for train, 1 for test ({tmp_path})"
    for index, number in enumerate((6, 8)):
        sample = data.train.sample(index)
        np.testing.assert_array_equal(sample.target, labels["a"][number])
        np.testing.assert_array_equal(data.test.sample(index).target, labels["b"][number])
        end = OFFSET + 50_000 * number
        sums = np.zeros((6, 440, WIDTH), int)
        for x, y, t, p in written.events["left"].tolist():
            column, row = (round(float(v)) for v in written.maps["left"][y, x])
            if end - 150_000 <= t < end and 0 <= column < WIDTH and 0 <= row < 440:
                sums[(t - end + 150_000) // 25_000, row, column] += 1 if p else -1
        assert sample.inputs["events"].dtype == np.float32
        np.testing.assert_array_equal(sample.inputs["events"], np.sign(sums).reshape(3, 2, 440, WIDTH))
        assert np.abs(sample.inputs["events"]).sum() > 500


def test_every_label_from_the_seventh_on(tmp_path: Path, made: object) -> None:
    assert len(read_semantic(declared(every=1), tmp_path).train) == 4
    assert len(read_semantic(declared(every=3), tmp_path).train) == 2


def test_the_sample_type_is_that_of_the_samples(tmp_path: Path, made: object) -> None:
    sets = data_sets(declared(), tmp_path, 0)
    assert sets.sample_type == declared().given()
    assert str(sets.sample_type) == "events [2, 440, 640]"


@pytest.mark.parametrize(
    ("labels", "times"),
    [
        ("11classes/data", "semantic/timestamps.txt"),
        ("semantic/left/11classes/data", "semantic/timestamps.txt"),
        ("semantic/11classes/data", "semantic/a_semantic_timestamps.txt"),
        ("semantic/left/11classes", "semantic/left/a_semantic_timestamps.txt"),
    ],
)
def test_other_places(tmp_path: Path, made: tuple[Made, dict[str, np.ndarray[Any, Any]]], labels: str, times: str) -> None:
    at = made[0].folder
    (at / "11classes").rename(at / "kept")
    (at / labels).parent.mkdir(parents=True, exist_ok=True)
    (at / "kept").rename(at / labels)
    (at / times).parent.mkdir(parents=True, exist_ok=True)
    (at / "a_semantic_timestamps.txt").rename(at / times)
    np.testing.assert_array_equal(read_semantic(declared(), tmp_path).train.sample(0).target, made[1]["a"][6])


def test_what_is_missing_or_damaged(tmp_path: Path, made: tuple[Made, object]) -> None:
    at = made[0].folder

    def refused(folder: Path | None = tmp_path, **keys: Any) -> tuple[Path | None, str, str | None]:
        with pytest.raises(DataError) as caught:
            read_semantic(declared(**keys), folder).train.sample(0)
        return caught.value.path, caught.value.summary, caught.value.help

    needs = "the data set `dsec_semantic` needs a folder in DSEC's layout"
    assert refused(None) == (None, needs, "give it with --data DIR")
    assert refused(test=("a",)) == (None, "the sequence `a` is in `train` and in `test`", "leave it in one of them")
    image = at / "11classes/000006.png"
    labels = np.full((440, WIDTH), 18, np.uint8)
    for wrong, summary in (
        (labels, "it has the label 18; labels are 0 to 10, and 255 where there is none"),
        (labels.astype(np.uint16), "the image is 16-bit grey; it must be 8-bit grey"),
        (np.zeros((HEIGHT, WIDTH), np.uint8), "the image has 480 x 640 pixels, expected 440 x 640"),
    ):
        Image.fromarray(wrong).save(image)
        assert refused() == (image, summary, None)
    times = at / "a_semantic_timestamps.txt"
    times.write_text("1\n2\n")
    assert refused() == (times, "it has 2 time stamps for 10 labels", None)
    times.unlink()
    assert refused() == (
        at,
        "the sequence has no times of the labels",
        "they are looked for as a_semantic_timestamps.txt, semantic/timestamps.txt, semantic/a_semantic_timestamps.txt, "
        "semantic/left/a_semantic_timestamps.txt",
    )
    shutil.rmtree(at / "11classes")
    (at / "11classes").mkdir()
    assert refused() == (at / "11classes", "there are no labels in it (files such as 000000.png)", None)
    (at / "11classes").rmdir()
    assert refused() == (
        at,
        "the sequence has no labels",
        "they are looked for as 11classes/data, 11classes, semantic/11classes/data, semantic/left/11classes/data, "
        "semantic/left/11classes",
    )


def test_no_events_and_no_map(tmp_path: Path, made: tuple[Made, object]) -> None:
    at = made[0].folder
    write_events(at / "events/left/events.h5", np.zeros((0, 4), np.int64))
    with pytest.raises(DataError, match="there are no events in it"):
        read_semantic(declared(), tmp_path)
    (at / "events/left/rectify_map.h5").unlink()
    with pytest.raises(DataError, match="the rectification map is missing"):
        read_semantic(declared(), tmp_path)


def test_too_few_labels(tmp_path: Path) -> None:
    for name in "ab":
        write_labels(write_sequence(tmp_path, name, disparities=2, count=50).folder, count=6)
    with pytest.raises(DataError) as caught:
        data_sets(declared(), tmp_path, 0)
    assert caught.value.summary == "the training set has no samples"


def test_samples_that_are_given_in_python_are_encoded_already() -> None:
    """Events as recorded have no rectification map."""
    found = as_given(declared())
    assert (found.source, found.task_name, found.events()) == ("python_steps", "labels", None)
    film, labels = np.ones((3, 2, 4, 6), np.float32), np.full((4, 6), 10)
    sample = given(found, [(film, labels)], [(film, labels)]).test.sample(0)
    np.testing.assert_array_equal(next(iter(sample.inputs.values())), film)
    np.testing.assert_array_equal(sample.target, labels)
