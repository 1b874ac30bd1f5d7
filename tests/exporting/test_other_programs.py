"""Other programs run the files: torch without this package, and onnxruntime; 50 steps, from zero and from other states."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import exact_networks as networks
import numpy as np
import pytest
from stateful_specs import OTHERS

from spikegraph.backends.torch.exporting.files import torch_file
from spikegraph.backends.torch.exporting.made import compared_file
from spikegraph.backends.torch.exporting.onnx_model import onnx_file
from spikegraph.backends.torch.exporting.program import StepProgram, traced
from spikegraph.backends.torch.model import Model

pytestmark = [pytest.mark.unchecked, pytest.mark.native]

STEPS, BEFORE = 20, 5
LOOP = "loop"
# The wire `half` of the loop has the name of an attribute of modules.
NAMES = ("cifar10", "stereo", LOOP, *(name for name in networks.CASES if name not in ("cifar10", "stereo")))
IN_ONE = {"torch": ("zoo/spikformer",), "onnx": ()}
"""Networks that are run in this one of the two programs; those of the other one, and all others, are with --long."""

QUICK = {"torch": "cifar10", "onnx": "stereo"}
"""A network for each program that runs without the mark `slow` too."""


def named(program: str) -> list[object]:
    """The parameters of the test of a program."""
    slow = (LOOP, *IN_ONE[program])
    marks = [() if name == QUICK[program] else pytest.mark.slow if name in slow else pytest.mark.long for name in NAMES]
    return [pytest.param(name, marks=mark) for name, mark in zip(NAMES, marks, strict=True)]


READER = """
import io, json, sys
import numpy as np

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "spikegraph":
            raise ImportError("this process must not need spikegraph")

sys.meta_path.insert(0, Refused())
import torch

def run(program, paths):
    extra = {"spikegraph.json": ""}
    module = torch.export.load(program, extra_files=extra).module()
    described = json.loads(extra["spikegraph.json"])
    inputs, outputs, states = ([a["name"] for a in described[key]] for key in ("inputs", "outputs", "states"))
    for path in paths:
        with np.load(path) as file:
            arrays = dict(file)
        steps, batch = arrays[f"given/{inputs[0]}"].shape[:2]
        shapes = {a["name"]: (batch, *a["shape"][1:]) for a in described["states"]}
        held = {k: torch.from_numpy(np.broadcast_to(arrays[f"start/{k}"], shapes[k]).astype(np.float32)) for k in states}
        found = {f"output/{k}": [] for k in outputs} | {f"state/{k}": [] for k in states}
        for t in range(steps):
            with torch.no_grad():
                values = module(*(torch.from_numpy(arrays[f"given/{k}"][t]) for k in inputs), *held.values())
            held = dict(zip(states, values[len(outputs):]))
            for key, value in zip(found, values):
                found[key].append(value.numpy())
        np.savez(path.replace(".npz", ".out.npz"), **{k: np.stack(v) for k, v in found.items()})
    assert not [name for name in sys.modules if name.startswith("spikegraph")]

for line in sys.stdin:
    run(*json.loads(line))
    print("done", flush=True)
"""
"""Runs programs over recorded sequences, in a process that can't import this package: each line of its input names them."""


class Exported:
    """A network in both formats; what both need and each file are made once."""

    def __init__(self, name: str, folder: Path) -> None:
        text = OTHERS.get(name)
        self.model = networks.of_spec(name, folder) if text is None else networks.of_text(WHOLE.format(text))

    @cached_property
    def program(self) -> StepProgram:
        return traced(self.model, "a format")

    @cached_property
    def torch(self) -> tuple[bytes, tuple[str, ...]]:
        return compared_file(self.model, self.model, "torch", torch_file, self.program)

    @cached_property
    def onnx(self) -> tuple[bytes, tuple[str, ...]]:
        return compared_file(self.model, self.model, "ONNX", onnx_file, self.program)


WRITTEN = (LOOP, "image", "names", "functions", "a class token")
"""Networks that are written in both formats without `--long` too."""

WHOLE = "sdhs 1\nneuron lif {{ }}\nnetwork net {{{}}}\n"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exported]:
    """A network in both formats by its name."""
    return cache(lambda name: Exported(name, tmp_path_factory.mktemp("network")))


@pytest.fixture(scope="module")
def other_process() -> Iterator[Callable[[Path, Sequence[Path]], None]]:
    """Runs a program over sequences in the process of `READER`, which imports torch once for all programs."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", READER], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None

        def run(program: Path, files: Sequence[Path]) -> None:
            print(json.dumps([str(program), [str(file) for file in files]]), file=process.stdin, flush=True)
            assert process.stdout.readline() == "done\n", process.stderr.read()

        yield run
        process.stdin.close()


def sequences(model: Model, states: Sequence[str]) -> Iterator[networks.Recorded]:
    """A batch of 1 from states of 0, and one of 3 from others."""
    for batch, before in ((1, 0), (3, BEFORE)):
        yield networks.recorded(model, states, batch, STEPS, before)


def compare(model: Model, recorded: networks.Recorded, found: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Neurons that fire have equal states, so equal spikes; everything else is equal up to rounding.

    A disparity jumps where the two best planes are equal but for rounding, which few pixels have.
    """
    assert networks.fired(recorded.states[-1]) > 0.05
    for t, (outputs, states) in enumerate(found):
        for name, value in states.items():
            fires = model.plain.node(name.partition(":")[0]).op.traits.fires
            limit = 0 if fires else 1e-5
            np.testing.assert_allclose(value, recorded.states[t][name], limit, limit, err_msg=f"{name}, step {t}")
        for name, value in outputs.items():
            wanted = recorded.outputs[t][name]
            if model.graph.node(model.graph.outputs[name]).op.name == "estimate":
                assert np.mean(np.abs(value - wanted) > 1e-5 * (1 + np.abs(wanted))) < 5e-3
            else:
                np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", named("torch"))
def test_torch_runs_the_program_without_this_package(
    name: str, exported: Callable[[str], Exported], other_process: Callable[[Path, Sequence[Path]], None], tmp_path: Path
) -> None:
    model = exported(name).model
    content, notes = exported(name).torch
    assert notes == ()
    assert b"spikegraph.backends" not in content and str(Path(__file__).parents[2]).encode() not in content
    path, states = tmp_path / "net.pt2", described_in_torch(content)["states"]
    path.write_bytes(content)
    names = [array["name"] for array in states]
    cases = list(sequences(model, names))
    files = [tmp_path / f"{number}.npz" for number in range(len(cases))]
    for file, case in zip(files, cases, strict=True):
        given = {f"given/{k}": np.stack([step[k] for step in case.given]) for k in case.given[0]}
        np.savez(file, **given, **{f"start/{k}": v for k, v in case.start.items()})
    other_process(path, files)
    for file, case in zip(files, cases, strict=True):
        with np.load(file.with_suffix(".out.npz")) as arrays:
            read = dict(arrays)
        found = [
            ({k: read[f"output/{k}"][t] for k in case.outputs[0]}, {k: read[f"state/{k}"][t] for k in names})
            for t in range(STEPS)
        ]
        compare(model, case, found)


def described_in_torch(content: bytes) -> dict[str, Any]:
    import torch

    extra = {"spikegraph.json": ""}
    torch.export.load(io.BytesIO(content), extra_files=extra)
    return json.loads(extra["spikegraph.json"])


@pytest.mark.parametrize("name", named("onnx"))
def test_onnxruntime_runs_the_model(name: str, exported: Callable[[str], Exported]) -> None:
    import onnx
    import onnxruntime

    model = exported(name).model
    content, notes = exported(name).onnx
    assert notes == ()
    assert b"spikegraph.backends" not in content and str(Path(__file__).parents[2]).encode() not in content
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    described = json.loads(session.get_modelmeta().custom_metadata_map["spikegraph"])
    taken = [array.name for array in session.get_inputs()]
    states = [array["name"] for array in described["states"]]
    assert taken == [array["name"] for array in described["inputs"]] + states
    assert [array.name for array in session.get_outputs()] == [
        *(array["name"] for array in described["outputs"]),
        *(array["next"] for array in described["states"]),
    ]
    assert all(array.shape[0] == "N" for array in (*session.get_inputs(), *session.get_outputs()))
    outputs = [array["name"] for array in described["outputs"]]
    for case in sequences(model, states):
        batch = len(next(iter(case.given[0].values())))
        shapes = {array.name: (batch, *array.shape[1:]) for array in session.get_inputs()}
        held = {k: np.broadcast_to(v, shapes[k]).astype(np.float32) for k, v in case.start.items()}
        found = []
        for given in case.given:
            values = session.run(None, {**given, **held})
            held = dict(zip(states, values[len(outputs) :], strict=True))
            found.append((dict(zip(outputs, values, strict=False)), held))
        compare(model, case, found)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in WRITTEN else pytest.mark.long) for n in OTHERS])
def test_both_formats_are_written(name: str, exported: Callable[[str], Exported]) -> None:
    """Norms with a factor for each step among them, and inputs and outputs that are called like operations of torch."""
    for _, notes in (exported(name).torch, exported(name).onnx):
        assert notes == ()
