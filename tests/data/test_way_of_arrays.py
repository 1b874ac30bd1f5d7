"""From a declaration of arrays to a sample: through how many functions it passes, and that no module calls one above it."""

import sys
from pathlib import Path

import numpy as np
import pytest

import spikegraph
from spikegraph.data.sets import data_sets
from spikegraph.dsl.spec import Dataset
from spikegraph.program.program import Program

PACKAGES = tuple(str(Path(spikegraph.__file__).with_name(name)) for name in ("data", "tasks"))

STEPS = "source = arrays  time_steps = true"
ENDS = np.array([0, 2, 5, 6, 9])
FORMS = {
    "images": ("source = arrays", (9, 4, 5), np.arange(9) % 2, {}),
    "vectors": ("source = arrays", (9, 3), np.arange(9) % 2, {}),
    "sequences": (STEPS, (9, 4, 3), np.arange(9) % 2, {}),
    "lengths": (STEPS, (9, 3), np.arange(4) % 2, {"offsets": ENDS}),
    "a class of each step": (f"{STEPS}  task = step_class", (9, 3), np.arange(9) % 2, {"offsets": ENDS}),
    "numbers": (f"{STEPS}  task = numbers", (9, 4, 3), np.arange(9.0), {}),
    "maps": ("source = maps", (9, 1, 4, 5), np.arange(180).reshape(9, 4, 5) % 3, {}),
}


def places_of(folder, keys, arrays):
    """The functions that a declaration passes through up to the first sample, and the calls from module to module."""
    np.savez(folder / "a.npz", **arrays)
    dataset = Program.of_text(f'sdhs 1\ndataset mine {{ {keys}  file = "a.npz" }}\n', "a.sdhs").spec.datasets["mine"]
    passed, calls = {}, set()

    def called(frame, event, _):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PACKAGES):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        sample = code.co_name in ("__getitem__", "sample", "_held")
        if not code.co_name.startswith("<") and (
            sample or any(isinstance(frame.f_locals.get(name), Dataset) for name in names)
        ):
            passed[code.co_filename, code.co_qualname] = None
        above = frame.f_back
        while above is not None and not above.f_code.co_filename.startswith(PACKAGES):
            above = above.f_back
        if above is not None:
            calls.add((above.f_code.co_filename, code.co_filename))

    sys.setprofile(called)
    try:
        data_sets(dataset, folder, 0).train[0]
    finally:
        sys.setprofile(None)
    return list(passed), calls


def reached(module, calls, seen):
    """The modules that one calls, and those that these call."""
    for other in {to for of, to in calls if of == module} - seen:
        seen.add(other)
        reached(other, calls, seen)
    return seen


@pytest.mark.parametrize("form", FORMS)
def test_few_functions_and_no_way_back(tmp_path, form):
    keys, shape, targets, more = FORMS[form]
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    passed, calls = places_of(tmp_path, keys, {"inputs": inputs, "targets": targets, **more})
    assert len(passed) < 15, passed
    calls = {(of, to) for of, to in calls if of != to}
    back = [(of, to) for of, to in calls if of in reached(to, calls, set())]
    assert not back
