"""Exports that can't be: the whole text on standard error for each, the exit status, and that nothing is written."""

import os
import shutil
import sys

import pytest
from run_folders import COMPLETE

from spikegraph.cli.entry import run

FORMATS = ("nir", "torch", "onnx", "python", "safetensors")
NO_RESTORE = (
    "help: restore the file, or train again with --out; in a run that isn't complete, delete retrain.newest.safetensors and "
    "retrain.previous.safetensors to restart the retraining with --resume\n"
)


@pytest.fixture
def export(capsys, tmp_path, monkeypatch):
    """Runs the command in a folder with a run in parts, and checks that no file is new."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "300")
    for name, path in (("complete", COMPLETE), ("cut", COMPLETE.parent / "interrupted")):
        shutil.copytree(path, tmp_path / name)

    def call(*arguments):
        capsys.readouterr()
        before = sorted(tmp_path.rglob("*"))
        status = run(["export", *arguments])
        assert sorted(tmp_path.rglob("*")) == before
        return status, capsys.readouterr().err

    return call


@pytest.mark.parametrize("format", FORMATS)
def test_a_run_without_a_trained_network(export, tmp_path, format):
    """An interrupted run has no weights yet, or not even a genotype; of a complete run they may be lost."""
    (tmp_path / "cut" / "weights.safetensors").unlink()
    no_network = "error: cut has no trained network yet\nhelp: continue with `spikegraph compile --train --out cut --resume`\n"
    assert export("cut", "--to", format, "-o", "net") == (3, no_network)
    (tmp_path / "cut" / "genotype.sdhs").unlink()
    assert export("cut", "--to", format, "-o", "net") == (3, no_network)
    (tmp_path / "complete" / "weights.safetensors").unlink()
    lost = f"error: complete/weights.safetensors doesn't exist\n{NO_RESTORE}"
    assert export("complete", "--to", format, "-o", "net") == (3, lost)


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_that_lacks_files(export, tmp_path, format):
    (tmp_path / "complete" / "resolved.sdhs").unlink()
    lost = "error: complete/resolved.sdhs: there is no such file\n"
    help = "help: restore it from a copy of the run, or start a new run in another folder\n"
    assert export("complete", "--to", format, "-o", "net") == (3, lost + help)
    (tmp_path / "complete" / "manifest.json").unlink()
    no_run = "error: complete is not the folder of a run: it has no manifest.json\n"
    assert export("complete", "--to", format, "-o", "net") == (2, no_run)


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_weights(export, tmp_path, format):
    path = tmp_path / "complete" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    status, text = export("complete", "--to", format, "-o", "net")
    assert status == 3
    assert text.startswith("error: complete/weights.safetensors is damaged: ")
    assert text.endswith(NO_RESTORE)


USAGE = "Usage: spikegraph export [OPTIONS] RUN|DIR|FILE\nTry 'spikegraph export --help' for help.\n\n"
WRONG = {
    "no such run": (
        ("nowhere", "--to", "nir", "-o", "net"),
        f"{USAGE}Error: Invalid value for 'RUN|DIR|FILE': Path 'nowhere' does not exist.\n",
    ),
    "a misspelled format": (
        ("complete", "--to", "nri", "-o", "net"),
        f"{USAGE}Error: no format is called `nri`; did you mean `nir`? (or load its plug-in: --plugin FILE.py)\n",
    ),
    "an unknown format": (
        ("complete", "--to", "tflite", "-o", "net"),
        f"{USAGE}Error: no format is called `tflite`; the formats are `nir`, `onnx`, `python`, `torch` and `safetensors` "
        "(or load its plug-in: --plugin FILE.py)\n",
    ),
    "a time step for a format without one": (
        ("complete", "--to", "torch", "-o", "net", "--dt", "0.001"),
        f"{USAGE}Error: --dt is for nir; torch has no time step in seconds\n",
    ),
    "a time step of 0": (
        ("complete", "--to", "nir", "-o", "net", "--dt", "0"),
        f"{USAGE}Error: Invalid value for '--dt': `0` is too short; the shortest is 0.001us\n",
    ),
    "a time step that is no number": (
        ("complete", "--to", "nir", "-o", "net", "--dt", "nan"),
        f"{USAGE}Error: Invalid value for '--dt': `nan` isn't a duration; write a number with a unit, us, ms, s, m or h, "
        "such as 0.1ms, or a number of seconds\n",
    ),
    "a folder": (("complete", "--to", "nir", "-o", "cut"), "error: cut is a folder\nhelp: give the path of a file\n"),
    "a folder, for another format": (
        ("complete", "--to", "onnx", "-o", "cut"),
        "error: cut is a folder\nhelp: give the path of a file\n",
    ),
    "a file of Python that can't be imported": (
        ("complete", "--to", "python", "-o", "my-net.py"),
        "error: my-net.py can't be imported\nhelp: give a file such as net.py\n",
    ),
    "a file of Python that hides a module": (
        ("complete", "--to", "python", "-o", "torch.py"),
        "error: torch.py can't be imported\nhelp: give a file such as net.py\n",
    ),
    "a missing folder": (
        ("complete", "--to", "torch", "-o", "new/net"),
        "error: there is no folder new\nhelp: make it, or choose another one\n",
    ),
    "a file as folder": (
        ("complete", "--to", "safetensors", "-o", "complete/manifest.json/net"),
        "error: there is no folder complete/manifest.json\nhelp: make it, or choose another one\n",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(export, name):
    arguments, text = WRONG[name]
    assert export(*arguments) == (2, text)


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_that_is_read_only(export, tmp_path, monkeypatch, format):
    """It is noticed before the work, also for root, who may write everywhere."""
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("there"))
    fix = "help: change its permissions or those of its folder, or choose another one\n"
    assert export("complete", "--to", format, "-o", "there/net") == (3, f"error: there/net: Permission denied\n{fix}")


@pytest.mark.parametrize(("format", "name"), [("nir", "net.nir"), ("python", "net.py")])
def test_a_disk_that_is_full_after_the_first_of_two_files(export, monkeypatch, format, name):
    from spikegraph.base import files

    whole = files.write_whole

    def write(path, content):
        if path.name == name:
            raise OSError(28, "No space left on device", str(path))
        whole(path, content)

    monkeypatch.setattr(files, "write_whole", write)
    full = f"error: {name}: No space left on device\nhelp: free some space on its disk\n"
    assert export("complete", "--to", format, "-o", name) == (3, full)


@pytest.mark.parametrize(
    ("format", "name", "beside", "whose"),
    [("python", "net.py", "net.pt", "has weights"), ("nir", "net.nir", "net.check.h5", "is")],
)
def test_a_file_of_something_else_that_would_be_beside_it(export, tmp_path, format, name, beside, whose):
    (tmp_path / beside).write_bytes(b"trained")
    if format == "python":
        (tmp_path / name).write_text("import torch\n")
    help = "help: give another name, or delete this file\n"
    assert export("complete", "--to", format, "-o", name) == (2, f"error: {beside} {whose} of something else\n{help}")
    assert (tmp_path / beside).read_bytes() == b"trained"


@pytest.mark.parametrize(("format", "package", "extra"), [("nir", "nir", "nir"), ("onnx", "onnxruntime", "onnx")])
def test_missing_packages(export, monkeypatch, format, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    name = {"nir": "NIR", "onnx": "ONNX"}[format]
    text = f'error: {name} needs the package {package}, which isn\'t installed\nhelp: pip install "spikegraph[{extra}]"\n'
    assert export("complete", "--to", format, "-o", "net") == (2, text)
