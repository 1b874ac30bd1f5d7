"""Targets of a registered task in arrays: one for each sample, or those of time steps, and classes."""

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.check import check
from spikegraph.data.own_arrays import read_arrays
from spikegraph.data.sets import data_sets
from spikegraph.tasks import TASKS
from spikegraph.tasks.classes import Classes
from spikegraph.tasks.numbers import Numbers

from .declared_arrays import declaration


class Track(Numbers):
    """A point, or one for each of the last time steps."""

    name = "track"

    def checked(self, target):
        found = np.asarray(target, np.float32)
        if found.shape[-1:] != (2,) or found.ndim > 2:
            raise ValueError("give points [2] or [T, 2]")
        return found


class Grade(Classes):
    name = "grade"


@pytest.fixture(autouse=True)
def tasks(registrations):
    for task in (Track(), Grade()):
        TASKS.register(task.name, task)


def numbers(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


ENDS = np.array([0, 4, 5, 7, 12])


def made(folder, task="track", timed=True, **arrays):
    np.savez(folder / "a.npz", **arrays)
    offsets = "offsets" if "offsets" in arrays else None
    keys = {"inputs": "inputs", "targets": "targets", "offsets": offsets, "task": task, "time_steps": timed}
    return declaration(file="a.npz", **keys)


@pytest.mark.parametrize("steps", [None, 3, 5])
def test_sequences_of_one_length(tmp_path, steps):
    """A target for all steps, or one for each of the last three or of all."""
    x, y = numbers(10, 5, 3), numbers(10, 2) if steps is None else numbers(10, steps, 2)
    for part in read_arrays(made(tmp_path, inputs=x, targets=y), tmp_path):
        for sample in map(part.sample, range(len(part))):
            at = next(k for k in range(10) if np.array_equal(x[k], sample.inputs["image"]))
            assert np.array_equal(sample.target, y[at])
            assert (None if sample.counted is None else sample.counted.tolist()) == (None if steps is None else [True] * steps)


@pytest.mark.parametrize("each", [False, True])
def test_sequences_that_differ_in_length(tmp_path, each):
    x, y = numbers(12, 3), numbers(12, 2) if each else numbers(4, 2)
    for part in read_arrays(made(tmp_path, inputs=x, targets=y, offsets=ENDS), tmp_path):
        for sample in map(part.sample, range(len(part))):
            at = next(k for k in range(4) if np.array_equal(x[ENDS[k] : ENDS[k + 1]], sample.inputs["image"]))
            assert np.array_equal(sample.target, y[ENDS[at] : ENDS[at + 1]] if each else y[at])
            assert (sample.counted is not None) == each


def test_classes_are_numbered(tmp_path):
    dataset = made(tmp_path, "grade", timed=False, inputs=numbers(9, 4, 5), targets=np.arange(9) % 3)
    sets = data_sets(dataset, tmp_path, 0)
    assert sets.about.classes == ("0", "1", "2")
    assert np.bincount(sets.test.class_numbers()).tolist() == [1, 1, 1]  # of each class a fifth, at least one


@pytest.mark.parametrize(
    ("arrays", "timed", "why", "help"),
    [
        (
            {"inputs": numbers(4, 5, 3), "targets": numbers(4, 3)},
            True,
            ": the target of sample 0 isn't one of `track`",
            "give points",
        ),
        (
            {"inputs": numbers(4, 5, 3), "targets": numbers(3, 2)},
            True,
            " has the shape [3, 2] for inputs [4, 5, 3]",
            "give [4, ...]",
        ),
        (
            {"inputs": numbers(4, 5, 3), "targets": np.array(["a"] * 4)},
            True,
            " has the type <U1; targets are numbers",
            "change",
        ),
        (
            {"inputs": numbers(4, 5, 3), "targets": numbers(4, 6, 2)},
            True,
            ": sample 0 has 6 targets, but 5 time steps",
            "give one",
        ),
        (
            {"inputs": numbers(4, 3), "targets": numbers(4, 6, 2)},
            False,
            ": sample 0 has 6 targets, but no time steps",
            "give one",
        ),
        (
            {"inputs": numbers(12, 3), "targets": numbers(4, 2, 2), "offsets": ENDS},
            True,
            " has the shape [4, 2, 2], but `track` has a target for each time step",
            "give [12, ...]",
        ),
    ],
)
def test_what_is_refused(tmp_path, arrays, timed, why, help):
    dataset = made(tmp_path, timed=timed, **arrays)
    with pytest.raises(DataError) as error:
        read_arrays(dataset, tmp_path)
    assert error.value.summary == f"`targets`{why}"
    assert error.value.help.startswith(help)
    assert check(tmp_path, dataset=dataset).problems[0].startswith(f"a.npz: `targets`{why}")
