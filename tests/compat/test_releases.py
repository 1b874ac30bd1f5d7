"""What earlier releases wrote is opened by this version, after `spikegraph upgrade` if its formats are older.

Each folder beside this file is a release, written by `freeze.py`.
"""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import spikegraph as package
from spikegraph.cli import deprecated
from spikegraph.cli.group import cli
from spikegraph.dsl.resolve import resolve
from spikegraph.ir.json import from_json
from spikegraph.ir.text import parse_graph
from spikegraph.runs.entries import EpochEntry
from spikegraph.runs.record import read_run

from .images import write_images
from .interface import OUTPUTS, commands, form, functions, lost

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RELEASES = sorted(path.parent for path in HERE.glob("*/interface.json"))
SPECS = [(release, path.relative_to(release)) for release in RELEASES for path in sorted(release.glob("specs/**/*.sdhs"))]


def program(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "SPIKEGRAPH_NATIVE": "0", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "spikegraph", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)


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
def folder(release, tmp_path, monkeypatch):
    """The release's runs, upgraded, with the data that they were trained on."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(release / "runs", tmp_path / "runs")
    shutil.copy(HERE / "net.sdhs", tmp_path)
    write_images(tmp_path / "data")
    for run in sorted((tmp_path / "runs").iterdir()):
        done = program("upgrade", f"runs/{run.name}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        if release.name == package.__version__:
            assert done.stdout == f"runs/{run.name} is current\n"
    return tmp_path


def test_this_release_is_frozen():
    assert HERE / package.__version__ in RELEASES


@pytest.mark.parametrize(("release", "spec"), SPECS, ids=name)
def test_specs_have_no_errors(release, spec, monkeypatch):
    monkeypatch.chdir(release)
    assert [d.summary for d in resolve(spec).diagnostics if d.severity == "error"] == []


def test_specs_are_checked_and_formatted(release, spikegraph, tmp_path):
    shutil.copytree(release / "specs", tmp_path / "specs")
    specs = sorted((tmp_path / "specs").glob("*.sdhs"))
    assert len(specs) >= 5
    done = spikegraph("check", *specs)
    assert done.status == 0, done.err
    genotypes = sorted((tmp_path / "specs").glob("genotypes/*.sdhs"))
    assert spikegraph("fmt", *specs, *genotypes).status == 0
    assert spikegraph("check", *specs).status == 0


def test_genotypes_are_bound(release, spikegraph):
    for spec in ("stereo", "cifar10"):
        done = spikegraph(
            "stats", release / f"specs/{spec}.sdhs", "--genotype", release / f"specs/genotypes/{spec}.sdhs", "--json"
        )
        assert done.status == 0, done.err
        assert done.json["parameters"] > 100_000


def test_graphs_are_read(release, tmp_path):
    for phase in ("search", "retrain", "deploy"):
        graphs = []
        for kind, read in (("json", lambda text: from_json(json.loads(text))), ("txt", parse_graph)):
            path = shutil.copy(release / "graphs" / f"{phase}.{kind}", tmp_path)
            assert program("upgrade", path, cwd=tmp_path).returncode == 0
            graphs.append(read(Path(path).read_text()))
        assert graphs[0] == graphs[1]
        assert len(graphs[0]) > 5


def test_runs_are_shown(folder):
    listed = program("runs", "--json", cwd=folder)
    assert listed.returncode == 0, listed.stderr
    found = {run["run"]: run["complete"] for run in json.loads(listed.stdout)["runs"]}
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
        done = program(*arguments, cwd=folder)
        assert done.returncode == 0, (arguments, done.stderr)
    assert "cannot" not in (folder / "report.html").read_text()
    record = read_run(folder / "runs" / "complete")
    assert record.rounds and record.summary.retrain.validation and record.summary.evaluation.confusion
    assert all(e.metrics for e in record.epochs("retrain") if isinstance(e, EpochEntry))


def test_a_trained_network_is_loaded_and_evaluated(folder):
    from safetensors.torch import load_file

    run = folder / "runs" / "complete"
    model = package.load_run(run, phase="retrain")
    weights = load_file(run / "weights.safetensors")
    assert model.state_dict().keys() == weights.keys()
    assert all(bool((value == weights[key]).all()) for key, value in model.state_dict().items())
    done = program("evaluate", run, "--data", "data", "--device", "cpu", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["samples"] == 8
    assert json.loads(done.stdout)["metrics"].keys() == read_run(run).metrics.keys()


def test_an_interrupted_run_is_resumed(folder):
    run, whole = folder / "runs" / "interrupted", folder / "runs" / "complete"
    # Another machine and other libraries are a difference that has to be allowed.
    options = cli.get_command(click.Context(cli), "compile").params
    force = ("--force",) if any("--force" in p.opts for p in options) else ()
    done = program("compile", "--train", "--out", run, "--resume", "--data", "data", *force, cwd=folder)
    assert done.returncode == 0, done.stderr
    record = read_run(run)
    assert record.complete
    assert all(map(math.isfinite, record.metrics.values()))
    assert lines_of(run / "metrics.jsonl") == lines_of(whole / "metrics.jsonl")
    assert (run / "genotype.sdhs").read_text() == (whole / "genotype.sdhs").read_text()


def test_forms_of_json_keep_their_keys(release, folder):
    before = json.loads((release / "interface.json").read_text())["json"]
    assert before.keys() <= OUTPUTS.keys()
    for what in before:
        done = program(*OUTPUTS[what], "--json", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert lost(before[what], form(json.loads(done.stdout))) == [], what


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


def test_what_is_lost_is_seen():
    before = {"a": "number", "b": [{"c": "str"}], "d": "NoneType"}
    assert lost(before, {**before, "new": "str", "d": "str"}) == []
    assert lost(before, {"a": "str", "b": [{}]}) == ["$.d", "$.a", "$.b[].c"]
    assert form({"a": 1, "b": [{"c": ""}], "e": True}) == {"a": "number", "b": [{"c": "str"}], "e": "bool"}


def test_frozen_files_are_small(release):
    assert sum(path.stat().st_size for path in release.glob("runs/**/*") if path.is_file()) < 200_000
