"""The file of the built-in moving scenes, and the data sets that read it."""

import os
import subprocess
import sys
from functools import partial
from io import BytesIO

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import scene_maps
from spikegraph.data.scene_cache import GENERATOR_VERSION, cached_scenes, make_scenes
from spikegraph.data.sets import data_sets
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.program.program import Program
from spikegraph.tasks.flow import FlowScores

COUNTS = (4, 3)
NAME = f"v{GENERATOR_VERSION}-4-3.npz"
SPEC = """sdhs 1
dataset a { source = segments_small }
dataset b { source = flow_small }
"""


@pytest.fixture(scope="module")
def content():
    return make_scenes(*COUNTS)


def same(a, b):
    pairs = [(x, y) for p, q in zip(a, b, strict=True) for x, y in zip(vars(p).values(), vars(q).values(), strict=True)]
    return len(pairs) == 8 and all(np.array_equal(x, y) for x, y in pairs)


def test_every_call_makes_the_same_bytes(content):
    assert make_scenes(*COUNTS) == content


def test_the_file_is_made_once(tmp_path, content, monkeypatch):
    train, test, notes = cached_scenes(tmp_path, *COUNTS)
    assert (len(train.events), len(test.events), notes) == (4, 3, ())
    assert [p.name for p in (tmp_path / "scenes").iterdir()] == [NAME]
    assert (tmp_path / "scenes" / NAME).read_bytes() == content
    monkeypatch.setattr("spikegraph.data.scene_cache.make_scenes", None)
    assert same((train, test), cached_scenes(tmp_path, *COUNTS)[:2])


def altered(content, **arrays):
    buffer = BytesIO()
    with np.load(BytesIO(content)) as held:
        np.savez_compressed(buffer, **{**held, **arrays})
    return buffer.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: b"",
        lambda c: b"no archive",
        lambda c: c[: len(c) // 2],
        lambda c: c[:5000] + bytes([c[5000] ^ 255]) + c[5001:],
        lambda c: altered(c, train_front=np.zeros((4, 64, 63), np.uint8)),
        lambda c: altered(c, test_velocity=np.zeros((3, 5, 2))),
        lambda c: altered(c, test_labels=np.zeros((2, 5), np.uint8)),
        lambda c: altered(c, test_labels=np.array([None])),
        lambda c: c.replace(b"train_front", b"trail_front"),
    ],
    ids=["empty", "other", "cut", "flipped", "shape", "type", "count", "objects", "missing"],
)
def test_a_damaged_file_is_made_again_with_a_notice(tmp_path, content, damage):
    path = tmp_path / "scenes" / NAME
    path.parent.mkdir()
    path.write_bytes(damage(content))
    *_, notes = cached_scenes(tmp_path, *COUNTS)
    assert notes == (f"the built-in moving scenes were damaged and have been made again: {path}",)
    assert path.read_bytes() == content
    assert cached_scenes(tmp_path, *COUNTS)[2] == ()


def test_two_processes_make_it_at_once(tmp_path, content):
    code = "from pathlib import Path; from spikegraph.data.scene_cache import cached_scenes as c; "
    code += f"print(len(c(Path({str(tmp_path)!r}), *{COUNTS})[1].events))"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in both] == ["3\n", "3\n"]
    assert [p.name for p in (tmp_path / "scenes").iterdir()] == [NAME]
    assert (tmp_path / "scenes" / NAME).read_bytes() == content


def test_a_cache_that_is_a_file(tmp_path):
    (tmp_path / "scenes").touch()
    with pytest.raises(DataError) as caught:
        cached_scenes(tmp_path, *COUNTS)
    assert (caught.value.summary, caught.value.path) == ("can't be read: Not a directory", tmp_path / "scenes" / NAME)


def test_a_full_disk(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError) as caught:
        cached_scenes(tmp_path, *COUNTS)
    assert (caught.value.summary, caught.value.help) == (
        "can't be written: No space left on device",
        "free some space on its disk",
    )
    assert list((tmp_path / "scenes").iterdir()) == []


@pytest.fixture
def sets(tmp_path, monkeypatch):
    monkeypatch.setattr(scene_maps, "cached_scenes", partial(cached_scenes, tmp_path, *COUNTS))
    spec = tmp_path / "two.sdhs"
    spec.write_text(SPEC, encoding="utf-8")
    declared = Program.read(spec).spec.datasets
    return {name: data_sets(declared[name], None, 0) for name in "ab"}


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_language_knows_what_the_samples_are(sets, name):
    source = SOURCES[{"a": "segments_small", "b": "flow_small"}[name]]
    found = sets[name].sample_type
    assert (found.shape, found.classes, found.task) == (source.shape, source.classes, source.task or "labels")
    assert (found.views, found.kind, found.steps, source.events) == (source.views, "events", True, True)
    assert sets[name].source == "the built-in moving scenes: real images, simulated events"
    assert sets[name].notes[0].startswith("real images, simulated events: garments of Fashion-MNIST move")


def test_both_tasks_have_the_same_events(sets):
    for part in ("train", "test"):
        first, second = (getattr(sets[name], part).source for name in "ab")
        assert len(first) == len(second)
        for k in range(len(first)):
            a, b = first.sample(k), second.sample(k)
            assert np.array_equal(a.inputs["events"], b.inputs["events"])
            assert a.inputs["events"].shape == (5, 4, 64, 64)
            assert (a.target.shape, a.target.dtype) == ((64, 64), np.int64)
            assert (b.target.shape, b.target.dtype) == ((2, 64, 64), np.float32)


def test_the_baselines_are_those_of_a_constant(sets):
    truths = {name: np.stack([item.target for item in sets[name].test.samples()]) for name in "ab"}
    counts = np.bincount(truths["a"].ravel(), minlength=5)
    found = sets["a"].baselines()["most frequent label"]
    assert found["pixel_accuracy_percent"] == pytest.approx(100 * counts[0] / counts.sum())
    assert found["mean_iou_percent"] == pytest.approx(100 * counts[0] / counts.sum() / (counts > 0).sum())
    mean = np.stack([item.target for item in sets["b"].train.plain().samples()]).mean((0, 2, 3))
    away = np.sqrt(((truths["b"] - mean[:, None, None]) ** 2).sum(1))
    assert sets["b"].baselines()["mean flow"]["mean_end_point_error_px"] == pytest.approx(away.mean(), rel=1e-5)
    scores = FlowScores()
    scores.add(truths["b"], truths["b"])
    assert scores.metrics()["mean_end_point_error_px"] == 0
