"""What earlier releases wrote is opened by this version, after `spikegraph upgrade` if its formats are older.

Each folder beside this file is a release, written by `freeze.py`.
"""

import json
import math
import shutil
from pathlib import Path

import click
import pytest

import spikegraph as package
from spikegraph.cli import deprecated
from spikegraph.cli.entry import run
from spikegraph.cli.group import cli
from spikegraph.dsl.resolve import resolve
from spikegraph.ir.json import from_json
from spikegraph.ir.text_parser import parse_graph
from spikegraph.runs.entries import EpochEntry
from spikegraph.runs.record import read_run

from .images import write_images
from .interface import OUTPUTS, commands, errors, form, functions, lost

HERE = Path(__file__).parent
RELEASES = sorted(path.parent for path in HERE.glob("*/interface.json"))
SPECS = [(release, path.relative_to(release)) for release in RELEASES for path in sorted(release.glob("specs/**/*.sdhs"))]


@pytest.fixture
def program(capsys, monkeypatch):
    """Runs a command in this process, without compiled kernels."""
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", "0")

    def call(*arguments, status=0):
        capsys.readouterr()
        found = run([str(a) for a in arguments])
        captured = capsys.readouterr()
        assert found == status, (arguments, captured.err)
        return captured.out

    return call


def name(value):
    return value.name if isinstance(value, Path) and value.parent == HERE else str(value)


def lines_of(path):
    """The journal without times."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [{k: line[k] for k in ("event", "phase", "epoch", "step")} for line in lines]


@pytest.fixture(params=RELEASES, ids=name)
def release(request):
    return request.param


@pytest.fixture
def folder(release, tmp_path, monkeypatch, program):
    """The release's runs, upgraded, with the data that they were trained on."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(release / "runs", tmp_path / "runs")
    shutil.copy(HERE / "net.sdhs", tmp_path)
    write_images(tmp_path / "data")
    for path in sorted((tmp_path / "runs").iterdir()):
        out = program("upgrade", f"runs/{path.name}")
        if release.name == package.__version__:
            assert out == f"runs/{path.name}/resolved.sdhs: keys that are new are written out with their defaults\n"
            assert program("upgrade", f"runs/{path.name}") == f"runs/{path.name} is current\n"
    return tmp_path


def test_this_release_is_frozen():
    assert HERE / package.__version__ in RELEASES


@pytest.mark.parametrize(("release", "spec"), SPECS, ids=name)
def test_specs_have_no_errors(release, spec, monkeypatch):
    monkeypatch.chdir(release)
    assert [d.summary for d in resolve(spec).diagnostics if d.severity == "error"] == []


def test_specs_are_checked_and_formatted(release, program, tmp_path):
    shutil.copytree(release / "specs", tmp_path / "specs")
    specs = sorted((tmp_path / "specs").glob("*.sdhs"))
    assert len(specs) >= 5
    program("check", *specs)
    genotypes = sorted((tmp_path / "specs").glob("genotypes/*.sdhs"))
    program("fmt", *specs, *genotypes)
    program("check", *specs)


def test_genotypes_are_bound(release, program):
    for spec in ("stereo", "cifar10"):
        genotype = release / f"specs/genotypes/{spec}.sdhs"
        found = json.loads(program("stats", release / f"specs/{spec}.sdhs", "--genotype", genotype, "--json"))
        assert found["parameters"] > 100_000


def test_graphs_are_read(release, program, tmp_path):
    for phase in ("search", "retrain", "deploy"):
        graphs = []
        for kind, read in (("json", lambda text: from_json(json.loads(text))), ("txt", parse_graph)):
            path = shutil.copy(release / "graphs" / f"{phase}.{kind}", tmp_path)
            program("upgrade", path)
            graphs.append(read(Path(path).read_text()))
        assert graphs[0] == graphs[1]
        assert len(graphs[0]) > 5


def test_runs_are_shown(folder, program):
    found = {run["run"]: run["complete"] for run in json.loads(program("runs", "--json"))["runs"]}
    assert found == {"runs/complete": True, "runs/interrupted": False}
    for arguments in (
        ("show", "runs/complete"),
        ("show", "runs/interrupted"),
        ("stats", "runs/complete"),
        ("compile", "runs/interrupted"),
        ("diff", "runs/complete", "runs/interrupted"),
        ("render", "runs/complete", "-o", "net.svg"),
        ("report", "runs/complete", "runs/interrupted", "-o", "report.html"),
    ):
        program(*arguments)
    assert "cannot" not in (folder / "report.html").read_text()
    record = read_run(folder / "runs" / "complete")
    assert record.rounds and record.summary.retrain.validation and record.summary.evaluation.confusion
    assert all(e.metrics for e in record.epochs("retrain") if isinstance(e, EpochEntry))


def test_a_trained_network_is_loaded_and_evaluated(folder, program):
    from safetensors.torch import load_file

    path = folder / "runs" / "complete"
    model = package.load_run(path, phase="retrain")
    weights = load_file(path / "weights.safetensors")
    assert model.state_dict().keys() == weights.keys()
    assert all(bool((value == weights[key]).all()) for key, value in model.state_dict().items())
    found = json.loads(program("evaluate", path, "--data", "data", "--device", "cpu", "--json"))
    assert found["samples"] == 8
    assert found["metrics"].keys() == read_run(path).metrics.keys()


def test_an_interrupted_run_is_resumed(folder, program):
    interrupted, complete = folder / "runs" / "interrupted", folder / "runs" / "complete"
    # Another machine and other libraries are a difference that has to be allowed.
    known = {option for p in cli.get_command(click.Context(cli), "compile").params for option in p.opts}
    force = ("--force",) if "--force" in known else ()
    program("compile", "--train", "--out", interrupted, "--resume", "--data", "data", *force)
    record = read_run(interrupted)
    assert record.complete
    assert all(map(math.isfinite, record.metrics.values()))
    assert lines_of(interrupted / "metrics.jsonl") == lines_of(complete / "metrics.jsonl")
    assert (interrupted / "genotype.sdhs").read_text() == (complete / "genotype.sdhs").read_text()


def test_forms_of_json_keep_their_keys(release, folder, program):
    before = json.loads((release / "interface.json").read_text())["json"]
    assert before.keys() <= OUTPUTS.keys()
    for what in before:
        now = form(json.loads(program(*OUTPUTS[what], "--json")))
        assert lost(before[what], now) == [], what


def test_commands_and_options_stay(release):
    before, now = json.loads((release / "interface.json").read_text())["commands"], commands()
    for name, spellings in deprecated.OPTIONS.items():
        now[name] += [spelling.old for spelling in spellings]
    assert [(name, option) for name, options in before.items() for option in options if option not in now.get(name, ())] == []


def test_functions_keep_their_parameters(release):
    before, now = json.loads((release / "interface.json").read_text())["functions"], functions()
    for function, parameters in before.items():
        held = {p["name"]: p for p in now[function]}
        for position, parameter in enumerate(parameters):
            there = held[parameter["name"]]
            assert there["default"] or not parameter["default"], (function, parameter)
            if parameter["position"]:
                assert now[function][position] == there, (function, parameter)
        new = [p for p in now[function] if p["name"] not in {q["name"] for q in parameters}]
        assert all(p["default"] for p in new), function


def test_errors_stay_what_they_are(release):
    """Whoever catches an error, or a base of it, still does."""
    before, now = json.loads((release / "interface.json").read_text())["errors"], errors()
    assert [name for name, bases in before.items() if not set(bases) <= set(now.get(name, ()))] == []


def test_what_is_lost_is_seen():
    before = {"a": "number", "b": [{"c": "str"}], "d": "NoneType"}
    assert lost(before, {**before, "new": "str", "d": "str"}) == []
    assert lost(before, {"a": "str", "b": [{}]}) == ["$.d", "$.a", "$.b[].c"]
    assert form({"a": 1, "b": [{"c": ""}], "e": True}) == {"a": "number", "b": [{"c": "str"}], "e": "bool"}


def test_frozen_files_are_small(release):
    assert sum(path.stat().st_size for path in release.glob("runs/**/*") if path.is_file()) < 200_000
