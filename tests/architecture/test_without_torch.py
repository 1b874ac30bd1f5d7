"""Everything that needs no torch works without it; parsing, checking and passes also work without numpy."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from spikegraph.base.resources import builtin_specs

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
SMALL = "--set feature_path.levels=2 --set matching_path.layers=2"
FRONT_COMMANDS = (
    "check specs/stereo.sdhs",
    *(
        f"{command} specs/stereo.sdhs {SMALL}"
        for command in ("compile", "compile --emit resolved", "compile --emit ir", "stats")
    ),
    "fmt --check specs/stereo.sdhs",
    *(
        f"{command} specs/cifar10.sdhs"
        for command in ("check", "compile", "compile --emit resolved", "compile --emit ir", "stats")
    ),
    "fmt --check specs/cifar10.sdhs",
    "check specs/dsec-semantic.sdhs",
)
RUN = f"""{REFUSE}
import contextlib, io, json
from importlib import import_module
from spikegraph.cli.entry import run

commands, modules, code = json.loads(sys.argv[2])
found = {{"failed": {{}}, "not imported": {{}}}}
for command in commands:
    told = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
        status = run(command.split())
    if status:
        found["failed"][command] = told.getvalue()
for module in modules:
    try:
        import_module(module)
    except ImportError as error:
        found["not imported"][module] = str(error)
exec(code)
found["loaded"] = sorted(name for name in sys.argv[1].split(",") if name in sys.modules)
print(json.dumps(found))
"""
REFERENCE = """
import numpy as np
import spikegraph
from spikegraph.program.program import Program

TEXT = '''sdhs 1
neuron lif { }
network net {
  input x : spike[2, 4, 4]
  output y = x -> stem(1, out = 1) -> pool
}'''
weights = {"y.stem.conv.weight": np.ones((1, 2, 1, 1)), "y.stem.conv.bias": [0.0], "y.stem.norm.weight": [1.0]}
weights |= {"y.stem.norm.bias": [0.0], "y.stem.norm.running_mean": [0.0], "y.stem.norm.running_var": [1.0]}
made = spikegraph.reference(Program.of_text(TEXT, "net.sdhs"), weights)({"x": np.eye(4) * np.ones((3, 1, 2, 1, 1))})
found["reference"] = made["y"].ravel().tolist()
"""


def python(code, *arguments, cwd=ROOT):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def without(refused, commands, modules=(), code="", cwd=ROOT):
    """Starts a process that can't import some packages; the result waits for what it finds.

    That is: the commands that fail and what they say, modules that it lacks, and what the code finds.
    """
    process = python(RUN, ",".join(refused), json.dumps([commands, modules, code]), cwd=cwd)

    def found():
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        return json.loads(output)

    return found


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """What two processes find, which run at the same time: one without numpy, and one without torch.

    The second one is in a folder with two runs, in which the commands write their files.
    """
    lexer = ["spikegraph.service.pygments_lexer"]
    front = without(FRONT, FRONT_COMMANDS, lexer, f"{SERVICE}\nchosen = {DRAWN!r}\n{PLAYGROUND}")
    path = tmp_path_factory.mktemp("without")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tests" / "report"))
        make = import_module("made_runs").make
    make(path / "a")
    make(path / "b", seed=1)
    modules = [
        ".".join(("spikegraph", *path.relative_to(ROOT).with_suffix("").parts))
        for backend in ("graphviz", "report")
        for path in sorted((ROOT / "backends" / backend).rglob("*.py"))
    ]
    assert len(modules) > 50
    torch = without(TORCH, [*COMMANDS, "evaluate a"], [*modules, "spikegraph.backends.torch.lowering"], REFERENCE, path)
    return front(), torch()


@pytest.fixture
def without_numpy(processes):
    """What a process finds that can't import numpy."""
    return processes[0]


@pytest.fixture
def without_torch(processes):
    """What a process finds that can't import torch."""
    return processes[1]


SERVICE = """
from pathlib import Path
from spikegraph.service.places import Place
from spikegraph.service.service import Service

service, path = Service(), Path("specs/spikformer-search.sdhs").absolute()
found["errors"] = [d.code for d in service.check(path).diagnostics]
found["picture"] = service.diagram(path)[:7]
found["hints"] = len(service.hints(path))
found["completions"] = len(service.completion(path, Place(110, 20))) > 50
"""


PLAYGROUND = """
from spikegraph.service.regions import Settings, choices, regions

found["wrong"] = []
found["examples"] = examples = [each for each in choices()["examples"] if each["name"] in chosen or not chosen]
for each in examples:
    shown = {}
    for part in regions(each["text"], Settings.of({"folder": each["folder"], "genotype": each["genotype"]})):
        shown |= part
    errors = [problem["summary"] for problem in shown["problems"]["items"] if problem["severity"] == "error"]
    missing = {name: value["missing"] for name, value in shown.items() if "missing" in value}
    chosen_later = missing.keys() == {"certificate"} and "choose a genotype" in missing["certificate"] and not each["genotype"]
    if errors or (missing and not chosen_later) or shown["problems"]["partial"]:
        found["wrong"].append((each["name"], errors, missing))
found["examples"] = [each["name"] for each in examples]
"""
DRAWN = ("dsec", "flow", "segment", "stereo", "zoo/darts", "zoo/psmnet", "zoo/spike_yolo", "zoo/srnn_shd")


def test_the_front_needs_no_numpy(without_numpy):
    expected = {
        "failed": {},
        "not imported": {},
        "loaded": [],
        "errors": [],
        "picture": "digraph",
        "hints": 26,
        "completions": True,
    }
    assert {name: without_numpy[name] for name in expected} == expected


def test_the_examples_of_the_playground_need_no_numpy(without_numpy):
    assert (sorted(without_numpy["examples"]), without_numpy["wrong"]) == (sorted(DRAWN), [])


@pytest.mark.long
def test_no_example_of_the_playground_needs_numpy():
    found = without(FRONT, [], code=f"chosen = ()\n{PLAYGROUND}")()
    assert sorted(found["examples"]) == sorted(name for name in builtin_specs() if name.count("/") == name.startswith("zoo/"))
    assert (found["wrong"], found["loaded"]) == ([], [])


def test_commands_without_torch(without_torch):
    assert list(without_torch["failed"]) == ["evaluate a"]
    assert without_torch["loaded"] == []


def test_no_module_of_report_and_graphviz_imports_torch(without_torch):
    assert without_torch["not imported"] == {"spikegraph.backends.torch.lowering": "torch is refused"}


def test_the_reference_needs_no_torch(without_torch):
    assert without_torch["reference"] == [0.25, 0.25, 0.25]


def test_what_is_refused_is_refused():
    for module, refused in (("torch.nn", TORCH), ("numpy", FRONT)):
        _, errors = python(f"{REFUSE}\nimport {module}", ",".join(refused)).communicate()
        assert f"ImportError: {module.partition('.')[0]} is refused" in errors
