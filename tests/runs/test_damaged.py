"""Damaged run folders, and those of another format version: one line for the file and the problem, one for the fix."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spikegraph.cli.entry import run as spikegraph
from spikegraph.errors import RunFolderError
from spikegraph.runs.examples import read_examples
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
SUMMARY = {
    "format_version": 1,
    "complete": False,
    "search": {"epochs": 1, "steps": 4, "seconds": 2.5, "parameters": 10, "losses": {"loss": 1.5}},
    "retrain": None,
    "evaluation": None,
    "baselines": {},
    "notes": [],
}

NEW_VERSION = "use the version of spikegraph that wrote the run"
NEW_MANIFEST = "restore the file, or start a new run with --out"
NEW_SUMMARY = "delete the file; --resume writes it again"


@dataclass(frozen=True)
class Damage:
    """What is done to a file, and what the user reads."""

    file: str
    problem: str
    fix: str
    changes: dict[str, object] | None = None
    without: str = "-"
    keep: int | None = None
    content: bytes | None = None

    def damage(self, folder: Path) -> None:
        path = folder / self.file
        whole = {k: v for k, v in json.loads(path.read_text()).items() if k != self.without} | (self.changes or {})
        path.write_bytes(self.content or json.dumps(whole).encode()[: self.keep])


DAMAGES = {
    f"{damage.file} {damage.problem}": damage
    for damage in (
        Damage(
            "manifest.json",
            "format version 99 is not supported; this spikegraph reads version 1",
            NEW_VERSION,
            {"format_version": 99},
        ),
        Damage("manifest.json", "`format_version` is missing", NEW_MANIFEST, without="format_version"),
        Damage("manifest.json", "`format_version` should be a valid integer", NEW_MANIFEST, {"format_version": "1"}),
        Damage("manifest.json", "`precision` is missing", NEW_MANIFEST, without="precision"),
        Damage("manifest.json", "`precision` should be 'fp32' or 'bf16'", NEW_MANIFEST, {"precision": "fp16"}),
        Damage("manifest.json", "`seed` should be a valid integer", NEW_MANIFEST, {"seed": "7"}),
        Damage("manifest.json", "`command.0` should be a valid string", NEW_MANIFEST, {"command": [1]}),
        Damage("manifest.json", "not valid JSON (EOF while parsing a string at line 1 column 25)", NEW_MANIFEST, keep=25),
        Damage("manifest.json", "not UTF-8 text", NEW_MANIFEST, content=b'{"spec": "\xff"}'),
        Damage("manifest.json", "not a JSON object", NEW_MANIFEST, content=b"[1]"),
        Damage(
            "summary.json",
            "format version 99 is not supported; this spikegraph reads version 1",
            NEW_VERSION,
            {"format_version": 99},
        ),
        Damage(
            "summary.json",
            "`search.epochs` should be a valid integer",
            NEW_SUMMARY,
            {"search": {**SUMMARY["search"], "epochs": "x"}},
        ),
        Damage("summary.json", "`search.steps` is missing", NEW_SUMMARY, {"search": {"epochs": 1}}),
        Damage("summary.json", "not valid JSON (EOF while parsing a string at line 1 column 25)", NEW_SUMMARY, keep=25),
        Damage("summary.json", "not UTF-8 text", NEW_SUMMARY, content=b'{"notes": ["\xff"]}'),
    )
}


@pytest.fixture
def folder(tmp_path, manifest, monkeypatch):
    """A run's folder that is sound, in the working folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run"
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(manifest))
    (path / "summary.json").write_text(json.dumps(SUMMARY))
    (path / "resolved.sdhs").write_text(SPEC)
    read_run(path)
    return path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_command_names_the_file_the_problem_and_the_fix(folder, damage, command, capsys):
    damage.damage(folder)
    assert spikegraph([word.replace("RUN", "run") for word in command]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    errors = [line for line in said.err.splitlines() if not line.startswith("run: ")]
    assert errors == [f"error: run/{damage.file}: {damage.problem}", f"help: {damage.fix}"]


@pytest.mark.parametrize("damage", [d for d in DAMAGES.values() if d.file == "manifest.json"], ids=lambda d: d.problem)
def test_a_damaged_run_is_not_resumed(folder, damage, manifest):
    from spikegraph.runs.folder import RunFolder

    damage.damage(folder)
    with pytest.raises(RunFolderError) as caught:
        RunFolder(folder).begin(manifest, SPEC, resume=True)
    assert (caught.value.message, caught.value.help) == (f"{folder}/manifest.json: {damage.problem}", damage.fix)


def test_a_run_of_another_version_is_not_resumed(folder, capsys):
    DAMAGES["manifest.json format version 99 is not supported; this spikegraph reads version 1"].damage(folder)
    spec = str(ROOT / "specs" / "cifar10.sdhs")
    given = ["compile", spec, "--train", "--resume", "--out", "run", "--profile", "sample", "--device", "cpu"]
    assert spikegraph(given) == 3
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "error: run/manifest.json: format version 99 is not supported; this spikegraph reads version 1",
        f"help: {NEW_VERSION}",
    ]


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
    assert capsys.readouterr().err == f"error: run/{name}: can't be read: Is a directory\n"


@pytest.mark.parametrize(("name", "fix"), [("genotype", NEW_SUMMARY), ("resolved", NEW_MANIFEST)])
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
    assert caught.value.message == f"{path}: format version 99 is not supported; this spikegraph reads version 1"


def test_a_damaged_result_of_a_snapshot(tmp_path):
    path = tmp_path / "epoch-0001.retrained-1.json"
    path.write_text('{"epoch": 1, "epochs": 1, "metrics": {}, "loss": 0.5}')
    with pytest.raises(RunFolderError) as caught:
        read_measured(path)
    assert caught.value.message == f"{path}: `samples` is missing"
    assert caught.value.help == "delete the file; `spikegraph search-progress` measures the snapshot again"
