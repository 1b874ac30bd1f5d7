"""The names of arrays where a spec gives none: of the file in training and check, and of files without labels."""

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.check import check
from spikegraph.data.sets import data_sets
from spikegraph.data.unlabelled import unlabelled
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif {{ }}
dataset mine {{ source = {source}  file = "a.{suffix}"  {keys} }}
network net {{
  input x : real[{shape}]
  {time}
  output o = x -> linear(2) -> lif -> {end}
}}
retrain net on mine {{ epochs = 1  batch = 4  validate = 0.25  weights = adam(lr = 0.01)  loss = {loss} }}
"""
CLASSES = {"source": "arrays", "shape": 3, "time": "", "end": "linear(2) -> mean(time)", "loss": "cross_entropy(o)"}
STEPS = "time_steps = true"
NUMBERS = np.random.default_rng(0).normal(size=(12, 5, 3)).astype(np.float32)
TARGETS = np.arange(12) % 2


def program(keys="", suffix="npz", **parts):
    return Program.of_text(SPEC.format(keys=keys, suffix=suffix, **{**CLASSES, **parts}), "a.sdhs")


def write(path, **arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
        return
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values


def declared(keys, suffix="npz", **parts):
    return program(keys, suffix, **parts).spec.datasets["mine"]


def read(folder, keys, suffix="npz", **parts):
    """The inputs and targets of all samples."""
    made = data_sets(declared(keys, suffix, **parts), folder, 0)
    return [(s.inputs["image"].tolist(), s.target.tolist()) for part in (made.train, made.test) for s in part.samples()]


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_inputs_and_targets_need_no_names(tmp_path, suffix):
    write(tmp_path / f"a.{suffix}", inputs=NUMBERS, targets=TARGETS)
    found = read(tmp_path, STEPS, suffix)
    assert found == read(tmp_path, f"{STEPS} inputs = inputs targets = targets", suffix)
    assert len(found) == 12
    assert found == read(tmp_path, f"{STEPS} inputs = inputs", suffix)


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_nor_do_their_offsets(tmp_path, suffix):
    offsets = np.array([0, 3, 5, 6, 12])
    write(tmp_path / f"a.{suffix}", inputs=NUMBERS[:, 0], targets=TARGETS[:4], offsets=offsets)
    found = read(tmp_path, STEPS, suffix)
    assert sorted(found) == sorted(
        (NUMBERS[first:end, 0].tolist(), target) for first, end, target in zip(offsets[:-1], offsets[1:], TARGETS, strict=False)
    )
    assert check(tmp_path, dataset=declared(STEPS, suffix)).problems == ()


@pytest.mark.parametrize("suffix", ["npz", "h5"])
@pytest.mark.parametrize(
    ("more", "keys", "summary"),
    [
        ({"offsets": np.array([0, 3, 12])}, "", "`offsets` say where sequences begin, but the test inputs have none"),
        ({}, "test_offsets = ends", "only the test inputs have offsets"),
    ],
)
def test_offsets_of_one_part_alone(tmp_path, suffix, more, keys, summary):
    flat = {"inputs": NUMBERS[:, 0], "targets": TARGETS[:2], "i": NUMBERS[:, 0], "t": TARGETS[:2]}
    write(tmp_path / f"a.{suffix}", **flat, **more)
    dataset = declared(f"{STEPS} test_inputs = i test_targets = t {keys}", suffix)
    with pytest.raises(DataError) as caught:
        data_sets(dataset, tmp_path, 0)
    assert caught.value.summary == summary


def test_a_file_with_both_pairs_is_read_as_before(tmp_path):
    write(tmp_path / "a.npz", images=NUMBERS, labels=TARGETS, inputs=-NUMBERS, targets=1 - TARGETS, offsets=np.arange(13))
    assert read(tmp_path, STEPS) == read(tmp_path, f"{STEPS} inputs = images targets = labels")
    write(tmp_path / "a.npz", images=NUMBERS, inputs=-NUMBERS, targets=TARGETS)  # which had no `labels`, and was refused
    assert read(tmp_path, STEPS) == read(tmp_path, f"{STEPS} inputs = inputs")


def test_maps_need_no_names(tmp_path):
    images = np.random.default_rng(0).normal(size=(5, 1, 4, 6)).astype(np.float32)
    write(tmp_path / "a.npz", inputs=images, targets=np.indices((5, 4, 6)).sum(0) % 3)
    assert len(read(tmp_path, "", source="maps")) == 5
    assert check(tmp_path, dataset=declared("", source="maps")).problems == ()


def test_a_file_without_them_is_refused_as_before(tmp_path):
    write(tmp_path / "a.npz", inputs=NUMBERS, classes=TARGETS)
    with pytest.raises(DataError) as error:
        read(tmp_path, STEPS)
    assert (error.value.summary, error.value.help) == (
        "it has no array `images`",
        "name one that it has with `inputs` and `targets`: `classes`, `inputs`",
    )


@pytest.mark.parametrize(("source", "write"), [("arrays", STEPS), ("python", "source = python_steps")])
def test_the_missing_time_steps_are_asked_for(source, write):
    text = SPEC.format(keys="", suffix="npz", **{**CLASSES, "source": source})
    text = text.replace('file = "a.npz"', "") if source == "python" else text
    (found,) = [d for d in Program.of_text(text, "a.sdhs").check() if "time steps" in d.summary]
    assert found.summary == "the samples of `mine` have no time steps"
    assert found.help == (
        f"write `{write}` in `mine` if each of its samples has time steps, as [T, F]; "
        "or write `time = 6` in the network: each step then gets the same image"
    )


@pytest.mark.parametrize("suffix", ["npz", "h5", "npy"])
def test_files_without_labels_are_found_as_in_training(tmp_path, suffix):
    dataset = declared(STEPS)
    path = tmp_path / f"new.{suffix}"
    np.save(path, NUMBERS) if suffix == "npy" else write(path, images=NUMBERS, labels=TARGETS)
    found = list(unlabelled(dataset, path, 3))
    assert [sample.inputs["image"].tolist() for sample in found] == NUMBERS.tolist()
    assert [sample.steps for sample in found] == [5] * 12


def test_sequences_without_labels_have_the_offsets_of_the_training(tmp_path):
    dataset = declared(f"{STEPS} inputs = x offsets = ends")
    write(tmp_path / "new.h5", x=NUMBERS[:, 0], inputs=NUMBERS, ends=np.array([0, 5, 12]))
    found = [sample.inputs["image"].tolist() for sample in unlabelled(dataset, tmp_path / "new.h5", 3)]
    assert found == [NUMBERS[:5, 0].tolist(), NUMBERS[5:, 0].tolist()]
    np.save(tmp_path / "new.npy", NUMBERS[:, 0])
    with pytest.raises(DataError, match=r"`new.npy` has the shape \[12, 3\], but samples have time steps"):
        list(unlabelled(dataset, tmp_path / "new.npy", 3))
