"""Damaged run folders and other format versions: the error names the file and the problem, its help the fix."""

import json
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.cli.entry import run as spikegraph
from spikegraph.runs.examples import read_examples
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run
from spikegraph.runs.snapshots import read_measured

COMMANDS = {
    "show": ("show", "RUN"),
    "show --json": ("show", "RUN", "--json"),
    "stats": ("stats", "RUN"),
    "render": ("render", "RUN", "-o", "picture.svg"),
    "diff": ("diff", "RUN", "RUN"),
    "report": ("report", "RUN"),
    "evaluate": ("evaluate", "RUN", "--device", "cpu"),
    "search-progress": ("search-progress", "RUN", "--device", "cpu"),
}

ROOT = Path(__file__).parents[2]
SPEC = "sdhs 1\n"
SMALL = """sdhs 1
neuron lif { surrogate = dspike(b = 3) }
candidates ops { c3 = conv(3) -> norm -> lif }
cell small { inputs = [prev2, prev] nodes = 1 candidates = ops neuron = lif keep = 1 }
trellis way { cell = small layers = 1 levels = 1 }
"""
SEARCH = {"epochs": 1, "steps": 4, "seconds": 2.5, "parameters": 10, "losses": {"loss": 1.5}}
SUMMARY = {
    "format_version": 1,
    "complete": False,
    "search": SEARCH,
    "retrain": None,
    "evaluation": None,
    "baselines": {},
    "notes": [],
}

VERSION_99 = "format version 99 is not supported; this spikegraph reads version 1"
FIXES = {
    "version": "use the version of spikegraph that wrote the run",
    "manifest": "restore the file, or start a new run in another folder",
    "summary": "delete the file; --resume writes it again",
}
DAMAGES = [
    ("manifest", {"format_version": 99}, VERSION_99),
    ("manifest", {"format_version": None}, "`format_version` should be a valid integer"),
    ("manifest", {"format_version": "1"}, "`format_version` should be a valid integer"),
    ("manifest", "format_version", "`format_version` is missing"),
    ("manifest", "precision", "`precision` is missing"),
    ("manifest", {"precision": "fp8"}, "`precision` should be 'fp32', 'tf32', 'bf16' or 'fp16'"),
    ("manifest", {"seed": "7"}, "`seed` should be a valid integer"),
    ("manifest", {"command": [1]}, "`command.0` should be a valid string"),
    ("manifest", 25, "not valid JSON (EOF while parsing a string at line 1 column 25)"),
    ("manifest", b'{"spec": "\xff"}', "not UTF-8 text"),
    ("manifest", b"[1]", "not a JSON object"),
    ("summary", {"format_version": 99}, VERSION_99),
    ("summary", {"search": {**SEARCH, "epochs": "x"}}, "`search.epochs` should be a valid integer"),
    ("summary", {"search": {**SEARCH, "losses": {"loss": float("nan")}}}, "`search.losses.loss` should be a finite number"),
    ("summary", {"search": {"epochs": 1}}, "`search.steps` is missing"),
    ("summary", 25, "not valid JSON (EOF while parsing a string at line 1 column 25)"),
    ("summary", b'{"notes": ["\xff"]}', "not UTF-8 text"),
]
"""File, how it is damaged, and the message."""


def damage(path, how):
    """Damages a file; the type of `how` decides: change keys, remove a key, cut the text, or replace it."""
    found = json.loads(path.read_text())
    match how:
        case dict():
            path.write_text(json.dumps(found | how))
        case str():
            del found[how]
            path.write_text(json.dumps(found))
        case int():
            path.write_text(path.read_text()[:how])
        case bytes():
            path.write_bytes(how)


def fix_of(name, problem):
    return FIXES["version" if problem == VERSION_99 else name]


@pytest.fixture
def folder(tmp_path, manifest, monkeypatch):
    """A valid run folder in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run"
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "summary.json").write_text(json.dumps(SUMMARY))
    (path / "resolved.sdhs").write_text(SPEC)
    read_run(path)
    return path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(("name", "how", "problem"), DAMAGES)
def test_every_command_names_the_file_the_problem_and_the_fix(folder, name, how, problem, command, capsys):
    damage(folder / f"{name}.json", how)
    assert spikegraph([word.replace("RUN", "run") for word in command]) == 3
    output = capsys.readouterr()
    assert output.out == ""
    errors = [line for line in output.err.splitlines() if not line.startswith("run: ")]
    assert errors == [f"error: run/{name}.json: {problem}", f"help: {fix_of(name, problem)}"]


@pytest.mark.parametrize(("name", "how", "problem"), [d for d in DAMAGES if d[0] == "manifest"])
def test_a_damaged_run_is_not_resumed(folder, manifest, name, how, problem):
    damage(folder / f"{name}.json", how)
    with pytest.raises(RunFolderError) as caught:
        RunFolder(folder).begin(manifest, SPEC, resume=True)
    assert (caught.value.message, caught.value.help) == (f"{folder}/{name}.json: {problem}", fix_of(name, problem))


def test_a_run_of_another_version_is_not_resumed(folder, capsys):
    damage(folder / "manifest.json", {"format_version": 99})
    spec = str(ROOT / "specs" / "cifar10.sdhs")
    assert spikegraph(["compile", spec, "--train", "--resume", "--out", "run", "--profile", "sample", "--device", "cpu"]) == 3
    errors = capsys.readouterr().err.splitlines()[-2:]
    assert errors == [f"error: run/manifest.json: {VERSION_99}", f"help: {FIXES['version']}"]


@pytest.mark.parametrize("command", ["show", "report", "diff", "render"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no\n{}\n", "not valid JSON (expected ident at line 1 column 2)"),
        (b'{"time": 1.0}\n', "`event` is missing"),
        (b'{"time": "\xff"}\n', "not UTF-8 text"),
    ],
)
def test_a_damaged_journal(folder, command, content, problem, capsys):
    (folder / "metrics.jsonl").write_bytes(content)
    (folder / "genotype.sdhs").write_text("sdhs 1\npath way = [0]\n")
    (folder / "resolved.sdhs").write_text(SMALL)
    given = [word.replace("RUN", "run") for word in COMMANDS[command]]
    assert spikegraph(given) == 3
    errors = capsys.readouterr().err.splitlines()
    assert errors == [f"error: run/metrics.jsonl, line 1: {problem}", "help: delete the line"]


@pytest.mark.parametrize("name", ["manifest.json", "summary.json", "metrics.jsonl", "genotype.sdhs"])
def test_a_file_that_cannot_be_read(folder, name, capsys):
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    assert spikegraph(["show", "run"]) == 3
    fix = "restore it from a copy of the run, or start a new run in another folder"
    assert capsys.readouterr().err == f"error: run/{name}: is a folder, not a file\nhelp: {fix}\n"


@pytest.mark.parametrize(("name", "fix"), [("genotype", FIXES["summary"]), ("resolved", FIXES["manifest"])])
def test_texts_are_utf8(folder, name, fix):
    (folder / f"{name}.sdhs").write_bytes(b"\xff")
    with pytest.raises(RunFolderError) as caught:
        getattr(read_run(folder), name)
    assert (caught.value.message, caught.value.help) == (f"{folder}/{name}.sdhs: not UTF-8 text", fix)


def test_examples_of_another_version(tmp_path):
    path = tmp_path / "examples.npz"
    meta = {"format_version": 99, "stereo": [], "images": [], "classes": []}
    np.savez_compressed(path, meta=np.array(json.dumps(meta)))
    with pytest.raises(RunFolderError) as caught:
        read_examples(path)
    assert caught.value.message == f"{path}: {VERSION_99}"


def test_a_damaged_result_of_a_snapshot(tmp_path):
    path = tmp_path / "epoch-0001.retrained-1.json"
    path.write_text('{"epoch": 1, "epochs": 1, "metrics": {}, "loss": 0.5}')
    with pytest.raises(RunFolderError) as caught:
        read_measured(path)
    assert caught.value.message == f"{path}: `samples` is missing"
    assert caught.value.help == "delete the file; `spikegraph search-progress` evaluates the snapshot again"
