"""A module that was exported comes in again as a spec of the same network."""

import importlib.util
import re

import pytest

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
