"""Every example of `docs/extending.md` runs, with `--plugin` and as an installed package."""

import csv
import json
import os
import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from spikegraph.plugins.owners import registries

from .forked import python

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|sdhs|toml)\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the page."""
    path = tmp_path_factory.mktemp("extending")
    for _, name, content in BLOCKS:
        (path / name).write_text(content)
    return path


def spikegraph(folder, *arguments, site=None):
    return script(folder, "-m", "spikegraph", *arguments, site=site)


def script(folder, *arguments, site=None):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *([] if site is None else [str(site)])))}
    return python(*arguments, cwd=folder, env=environment)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[1:4]))
def test_a_command_of_the_page(folder, command):
    """The commands are run in the order of the page."""
    program, *arguments = command
    assert program in ("spikegraph", "python")
    done = spikegraph(folder, *arguments) if program == "spikegraph" else script(folder, *arguments)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


def test_what_the_examples_compute(folder):
    graph = (folder / "graph.txt").read_text()
    assert set(re.findall(r"lif\(.*?\{neuron=\{decay=([\d.]+)", graph)) == {"0.25"}
    done = spikegraph(folder, "stats", "builtin:stereo", "--energy", "with-reads", "--plugin", "with_reads.py")
    assert "(with-reads: operations in 45 nm CMOS, and a read of a 32-bit weight for each)" in done.stdout


def test_the_task_of_the_page(folder):
    """A stream ends where the whole recording does; targets are places, whatever they are drawn as."""
    steps = [json.loads(line) for line in (folder / "streamed" / "steps.jsonl").read_text().splitlines()]
    (row,) = csv.DictReader((folder / "predicted" / "predictions.csv").read_text().splitlines())
    assert (len(steps), len(list((folder / "streamed" / "frames").iterdir()))) == (4, 4)
    assert steps[-1]["outputs"]["point"]["values"] == pytest.approx([float(row[f"prediction_{k}"]) for k in (0, 1)], rel=1e-5)
    bright = json.loads((folder / "bright" / "summary.json").read_text())["evaluation"]["metrics"]
    assert bright["mean_distance_px"] < 0.6  # the page has 0.29
    shown = spikegraph(folder, "data", "show", "dots.sdhs", "--plugin", "dots.py").stdout.splitlines()[-1]
    found = re.fullmatch(r"truth: (\S+) to (\S+), mean (\S+); known for 100 % of the numbers", shown)
    least, most, mean = map(float, found.groups())
    assert 1 < least < 3  # uniform from 2 to 14, and the columns of half of them mirrored
    assert 6 < mean < 10
    assert 13 < most < 15


def test_the_logger_of_the_page(folder):
    """It has the losses of the epochs in the journal, and goes on with a run that is resumed."""
    lines = [json.loads(line) for line in (folder / "logged" / "metrics.jsonl").read_text().splitlines()]
    found = {line["epoch"]: line["losses"]["loss"] for line in lines if line["event"] == "epoch"}
    epochs = [f"retrain {epoch}, step {6 * epoch}: {loss:.3f}" for epoch, loss in found.items()]
    assert (folder / "logged" / "epochs.txt").read_text().splitlines() == ["lr 0.01", *epochs, "complete"]
    resumed = ("compile", "--train", "--out", "logged", "--resume", "--plugin", "dots.py")
    done = spikegraph(folder, *resumed)
    assert (done.returncode, done.stderr.splitlines()[-2]) == (2, "error: there is no logger `epochs`")
    done = spikegraph(folder, *resumed, "--plugin", "epochs.py", "--log", "csv")
    assert done.returncode == 0, done.stderr
    assert (folder / "logged" / "epochs.txt").read_text().splitlines() == ["lr 0.01", *epochs, "complete"]
    rows = csv.DictReader((folder / "logged" / "metrics.csv").read_text().splitlines())
    losses = [float(row["value"]) for row in rows if (row["event"], row["name"]) == ("epoch", "loss")]
    assert losses == list(found.values())
    assert json.loads((folder / "logged" / "manifest.json").read_text())["loggers"] == ["epochs", "csv"]


def test_the_imported_neuron_of_the_page(folder):
    spec = (folder / "net" / "sequential.sdhs").read_text()
    assert re.findall(r"^  decay +=(.*)$", spec, re.MULTILINE) == [" 0.9", " 0.5"]
    done = spikegraph(folder, "import", "nets.py:net", "--from", "torch", "--trust-code", "-o", "followed")
    assert done.returncode == 0  # without the adapter its code is followed, to the same neurons
    followed = (folder / "followed" / "sequential.sdhs").read_text()
    assert re.findall(r"^  decay +=(.*)$", followed, re.MULTILINE) == [" 0.9", " 0.5"]


def test_a_wrong_adapter_is_noticed(folder):
    text = (folder / "adapt_tiny.py").read_text().replace('"decay": call.module.decay', '"decay": 0.5')
    (folder / "wrong.py").write_text(text)
    options = ("--from", "torch", "--trust-code", "-o", "other", "--plugin", "wrong.py")
    note, error, _ = spikegraph(folder, "import", "nets.py:net", *options).stderr.splitlines()
    assert note == ("note: loaded the plug-in wrong.py, which adds adapter `tiny_snn.Leaky`, family of layers `tiny_snn.Leaky`")
    assert re.fullmatch(r"error: the (result of `1`|gradient of `0.weight`) differs by up to [\d.e-]+ in the spec", error)
    assert not (folder / "other").exists()


def test_a_run_names_the_plug_ins_that_it_needs(folder):
    done = spikegraph(folder, "evaluate", "run", "--device", "cpu", "--plugin", "clamp.py", "--plugin", "quartic.py")
    assert done.returncode == 3
    assert re.search(r"^error: the run needs the plug-in `(margin|squares|invert)\.py`$", done.stderr, re.MULTILINE)
    assert done.stderr.endswith("help: give it with --plugin FILE.py\n")
    shown = spikegraph(folder, "show", "run").stdout
    assert re.findall(r"^plug-in +(\w+)\.py$", shown, re.MULTILINE) == ["squares", "invert", "margin", "quartic", "clamp"]


def test_an_installed_package_needs_no_option(folder, tmp_path):
    (project,) = [tomllib.loads(content)["project"] for kind, _, content in BLOCKS if kind == "toml"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"]
    lines = [line for group, points in groups.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for kind, name, content in BLOCKS:
        if kind == "python":
            (tmp_path / name).write_text(content)
    done = spikegraph(folder, "check", "squares.sdhs", site=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "squares.sdhs: sound\n", "")


CELLS = ([cell.strip() for cell in line.split("|")[1:-1]] for line in TEXT.splitlines() if line.startswith("| "))
ROWS = [row for row in CELLS if len(row) == 4 and row[0] != "to add"]
"""What is added, how it is registered, from where that is imported, and the group."""


def modules(cell):
    """The modules of a cell: `a.b`, `a.c`, or `a`: `b`, `c`."""
    package, colon, parts = cell.partition("`: ")
    return [import_module(f"{package[1:]}.{name}" if colon else name) for name in re.findall(r"`([\w.]+)`", parts or cell)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].replace(" ", "-"))
def test_what_registers_is_where_the_table_says(row):
    _, registered, cell, _ = row
    names = re.findall(r"`@?(\w+)", registered)
    found = modules(cell)
    assert names
    assert [name for name in names if not any(hasattr(module, name) for module in found)] == []


def test_the_table_has_every_group():
    for row in ROWS:
        modules(row[2])
    groups = {r.group for r in registries if "test" not in r.group}
    assert {group.strip("`") for *_, group in ROWS} == groups


def test_the_reference_of_the_operation_of_the_page(folder):
    code = """
import spikegraph
from spikegraph.program.program import Program

spikegraph.load_plugin("clamp.py")
net = "sdhs 1\\nneuron lif { }\\nnetwork net { input x : real[3]  output y = x -> clamp(high = 0.5) }"
found = spikegraph.reference(Program.of_text(net, "net.sdhs"), {})({"x": [[[-1.0, 0.25, 2.0]]]})
assert found["y"].tolist() == [[[0.0, 0.25, 0.5]]]
"""
    done = python("-c", code, cwd=folder)
    assert done.returncode == 0, done.stderr


def test_the_equations_of_the_neuron_of_the_page(folder):
    code = """
import torch, spikegraph
from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.ir.neuron import Constant, Neuron

spikegraph.load_plugin("squared.py")
assert KERNELS
squared = Neuron(model="squared", decay=0.5, threshold=1.0, constants=(Constant(name="gain", value=0.25),))
current = torch.tensor([0.8, 0.5, 0.2, 1.0])
spikes, (v,) = neurons(resolved(squared), current.reshape(4, 1, 1), None, None)
assert spikes.flatten().tolist() == [0.0, 1.0, 0.0, 1.0]  # u = 0.8, 0.4 + 0.16 + 0.5, 0.2, 0.1 + 0.01 + 1.0
assert v.item() == 0
"""
    done = python("-c", code, cwd=folder)
    assert done.returncode == 0, done.stderr
