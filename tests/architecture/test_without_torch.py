"""Everything that needs no torch works without it; parsing, checking and passes also work without numpy."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCH = ("torch", "torchvision", "h5py", "skimage")
FRONT = (*TORCH, "numpy")

REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ImportError(f"{name} is refused")

sys.meta_path.insert(0, Refuse())
"""
RUN = f"""{REFUSE}
import contextlib, io, json
from spikegraph.cli.entry import run

failed = []
for command in json.loads(sys.argv[2]):
    told = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
        status = run(command.split())
    failed += [(command, status, told.getvalue())] if status else []
print(failed)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two runs, in which the commands write their files."""
    path = tmp_path_factory.mktemp("without")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tests" / "report"))
        make = import_module("made_runs").make
    make(path / "a")
    make(path / "b", seed=1)
    return path


def python(code, *arguments, cwd=ROOT):
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


FRONT_COMMANDS = ("check", "compile", "compile --emit resolved", "compile --emit ir", "stats", "fmt --check")
COMMANDS = (
    "render a -o a.dot --level cell --phase search",
    "render a -o b.dot --level trellis",
    "stats a",
    "diff a b",
    "explain SG0101",
    "ops",
    "passes",
    "show a",
    "report a b -o page.html",
)


def failed(refused, commands, cwd=ROOT):
    """The commands that fail in a process that can't import some packages, with what they say."""
    done = python(RUN, ",".join(refused), json.dumps(commands), cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_front_needs_no_numpy():
    commands = [f"{command} specs/{spec}.sdhs" for command in FRONT_COMMANDS for spec in ("stereo", "cifar10")]
    assert failed(FRONT, commands) == "[]\n"


def test_commands_without_torch(folder):
    assert failed(TORCH, COMMANDS, folder) == "[]\n"
    assert "evaluate a" in failed(TORCH, ["evaluate a"], folder)


def test_no_module_of_report_and_graphviz_imports_torch():
    modules = [
        ".".join(("spikegraph", *path.relative_to(ROOT).with_suffix("").parts))
        for backend in ("graphviz", "report")
        for path in sorted((ROOT / "backends" / backend).rglob("*.py"))
    ]
    imports = "\n".join(f"import {module}" for module in modules)
    done = python(REFUSE + imports, ",".join(TORCH))
    assert done.stderr == ""


def test_the_reference_needs_no_torch():
    code = f"""{REFUSE}
import numpy as np
import spikegraph
from spikegraph.program.program import Program

TEXT = '''sdhs 1
neuron lif {{ }}
network net {{
  input x : spike[2, 4, 4]
  output y = x -> stem(1, out = 1) -> pool
}}'''
weights = {{"y.stem.conv.weight": np.ones((1, 2, 1, 1)), "y.stem.conv.bias": [0.0], "y.stem.norm.weight": [1.0]}}
weights |= {{"y.stem.norm.bias": [0.0], "y.stem.norm.running_mean": [0.0], "y.stem.norm.running_var": [1.0]}}
found = spikegraph.reference(Program.of_text(TEXT, "net.sdhs"), weights)({{"x": np.eye(4) * np.ones((3, 1, 2, 1, 1))}})
print(found["y"].ravel().tolist(), "torch" in sys.modules)
"""
    done = python(code, ",".join(TORCH))
    assert done.stdout == "[0.25, 0.25, 0.25] False\n", done.stderr


def test_what_is_refused_is_refused():
    assert "ImportError: torch is refused" in python(f"{REFUSE}\nimport torch.nn", ",".join(TORCH)).stderr
    assert "ImportError: numpy is refused" in python(f"{REFUSE}\nimport numpy", ",".join(FRONT)).stderr
