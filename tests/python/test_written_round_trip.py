"""A module that was exported comes in again as a spec of the same network."""

import importlib.util
import re

import pytest
import torch

from spikegraph import from_torch
from spikegraph.backends.torch.exporting.python_module import converted
from spikegraph.ir.canonical import fingerprint
from spikegraph.program.program import Program

from .judged import SPECS, Case, program


def exported(folder):
    spec = importlib.util.spec_from_file_location("net", folder / "net.py")
    code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code)
    return code.example()


@pytest.mark.unchecked
@pytest.mark.parametrize("name", ["resnet18", "spikformer"])
def test_the_same_network_comes_back(tmp_path, name):
    """Blocks, shortcuts, neurons as loops, surrogates as functions of autograd, attention, and an image for all time steps."""
    own = program(SPECS / "zoo" / f"{name}.sdhs")
    case = Case(own, tmp_path / name)
    imported = from_torch(*exported(tmp_path / name))
    # An import calls the input x and the output y.
    text = re.sub(r"\blogits\b", "y", re.sub(r"\bimage\b", "x", own.text))
    wanted = Program.of_text(text, "net.sdhs").checked("retrain").build("retrain").plain
    found = Program.of_text(imported.spec, "net.sdhs").checked("retrain").build("retrain").plain
    wanted.taps.clear()
    assert fingerprint(found) == fingerprint(wanted)
    assert len(imported.weights) >= len(converted(case.module, case.model.state_dict()))


ATTENTION = """sdhs 1
neuron act { model = relu }
neuron lif { decay = 0.5 }
network net {
  input x : real[3, 6, 5]
  seen  = x    -> reduce(over = space, by = max) -> time_to_channels(steps = 4)
  score = seen -> linear(2, bias = false) -> act -> linear(12, bias = false) -> sigmoid
  a     = mul(x, score -> channels_to_time(steps = 4)) -> conv(3, out = 4) -> lif
  output y = a -> time_to_channels(steps = 4) -> conv(3, out = 2)
}
"""


@pytest.mark.unchecked
def test_attention_over_time_comes_back(tmp_path):
    own = Program.of_text(ATTENTION, "net.sdhs").checked("retrain")
    Case(own, tmp_path / "net", steps=4)
    module, inputs = exported(tmp_path / "net")
    imported = from_torch(module, torch.rand(4, *inputs.shape[1:], dtype=torch.float64), multi_step=True)
    found, wanted = (p.build("retrain").plain for p in (imported.program, own))
    assert [str(node.value) for node in found] == [str(node.value) for node in wanted]
    assert [node.op.name for node in found] == [node.op.name for node in wanted]
