"""Who writes in a sample's arrays doesn't change the data set."""

import numpy as np
import pytest

from spikegraph.data.own_arrays import read_arrays
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program

from .declared_arrays import declaration

X = np.random.default_rng(0).integers(1, 9, (10, 5, 3)).astype(np.uint8)
ENDS = np.array([0, 4, 10])
FORMS = {
    "sequences": ({"time_steps": True}, {"inputs": X, "targets": np.arange(10) % 2}),
    "lengths": ({"time_steps": True, "task": "step_class"}, {"inputs": X[:, 0], "targets": np.arange(10) % 2, "offsets": ENDS}),
    "numbers": ({"task": "numbers"}, {"inputs": X[:, 0], "targets": X[:, 1].astype(float)}),
}


def unchanged(part):
    """Writes in a sample, and compares another reading with what it was."""
    found = part.sample(0)
    before = [x.copy() for x in (*found.inputs.values(), found.target)]
    for x in (*found.inputs.values(), found.target):
        x[...] = 77
    again = part.sample(0)
    for old, new in zip(before, (*again.inputs.values(), again.target), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("form", FORMS)
def test_arrays(tmp_path, form):
    keys, arrays = FORMS[form]
    np.savez(tmp_path / "a.npz", **arrays)
    names = {"inputs": "inputs", "targets": "targets"} | ({"offsets": "offsets"} if "offsets" in arrays else {})
    unchanged(read_arrays(declaration(file="a.npz", **names, **keys), tmp_path)[0])


@pytest.mark.parametrize(("source", "value"), [("python_steps", X[0]), ("python", X[0, 0]), ("python", X[0][None])])
def test_samples_in_python(source, value):
    dataset = Program.of_text(f"sdhs 1\ndataset mine {{ source = {source}  task = numbers }}\n", "a.sdhs").spec.datasets["mine"]
    pairs = [(value.copy(), np.arange(2.0)), (value.copy(), np.arange(2.0))]
    unchanged(data_sets(dataset, None, 0, given=(pairs, pairs)).train)
