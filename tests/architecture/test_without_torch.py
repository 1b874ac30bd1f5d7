"""Everything that needs no torch works without it; parsing, checking and passes also work without numpy."""

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
RUN = f"{REFUSE}\nfrom spikegraph.cli.entry import run\nsys.exit(run(sys.argv[2:]))"


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


@pytest.mark.parametrize("spec", ["stereo", "cifar10"])
@pytest.mark.parametrize(
    "command", ["check", "compile", "compile --emit resolved", "compile --emit ir", "stats", "fmt --check"]
)
def test_the_front_needs_no_numpy(command, spec):
    done = python(RUN, ",".join(FRONT), *command.split(), f"specs/{spec}.sdhs")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "render a -o a.dot --level cell --phase search",
        "render a -o b.dot --level trellis",
        "stats a",
        "diff a b",
        "explain SG0101",
        "ops",
        "passes",
        "show a",
        "report a b -o page.html",
    ],
)
def test_commands_without_torch(command, folder):
    done = python(RUN, ",".join(TORCH), *command.split(), cwd=folder)
    assert done.returncode == 0, done.stderr


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
from spikegraph.program import Program

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
