"""Run folders with checkpoints of version 1; a development version trained them, one until it was interrupted."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import spikegraph as package
from spikegraph.backends.torch.train.checkpoint import VERSIONS
from spikegraph.base.errors import CheckpointError
from spikegraph.cli.entry import run as command
from spikegraph.cli.group import cli
from spikegraph.runs import folder as run_folder
from spikegraph.runs.record import read_run
from spikegraph.runs.weights_file import Pair
from spikegraph.upgrade import checkpoints, runs
from spikegraph.upgrade.safetensors import Content, Tensor, read, write
from spikegraph.upgrade.table import Format, Step, UpgradeError

from ..compat.images import write_images
from ..forked import python

ROOT = Path(__file__).parents[2]
OLD = Path(__file__).parent / "version_1" / "runs"
MOVED = "checkpoint, version 1 to 2: the weights have a file of their own"
ADDED = [
    "manifest.json: profile, overrides and data folder are those of its command line",
    "resolved.sdhs: keys that are new are written out with their defaults",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(OLD, "runs")
    write_images(tmp_path / "data")
    return tmp_path / "runs"


def files(path):
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def told(capsys):
    return [line.partition("/")[2].partition("/")[2] for line in capsys.readouterr().out.splitlines()]


def test_an_interrupted_run_is_converted_and_resumed(folder, capsys):
    """In another process, without compiled kernels, as the old version ran it."""
    assert command(["upgrade", "runs/interrupted"]) == 0
    names = ("search.newest", "retrain.newest")
    assert told(capsys) == [*ADDED, *(f"checkpoints/{name}.safetensors: {MOVED}" for name in names)]
    assert command(["upgrade", "runs/interrupted"]) == 0
    assert capsys.readouterr().out == "runs/interrupted is current\n"
    # Another machine and other libraries are a difference that has to be allowed.
    known = {o for p in cli.get_command(click.Context(cli), "compile").params for o in p.opts}
    force = ["--force"] if "--force" in known else []
    words = ["compile", "--train", "--out", "runs/interrupted", "--resume", *force]
    done = python("-m", "spikegraph", *words, env={**os.environ, "SPIKEGRAPH_NATIVE": "0"})
    assert done.returncode == 0, done.stderr
    one, other = read_run(folder / "interrupted"), read_run(folder / "complete")
    assert one.complete
    assert one.genotype == other.genotype
    places = [[(e.event, e.phase, e.epoch, e.step) for e in run.entries] for run in (one, other)]
    assert places[0] == places[1]
    assert [r.b_before for r in one.rounds["stem"]][:2] == [r.b_before for r in other.rounds["stem"]][:2]


def test_the_weights_are_those_of_the_checkpoint(folder):
    before = load_file(folder / "complete" / "checkpoints" / "retrain.newest.safetensors")
    assert command(["upgrade", "runs/complete"]) == 0
    after = load_file(folder / "complete" / "weights.safetensors")
    assert {f"model/{name}" for name in after} == {name for name in before if name.startswith("model/")}
    assert all(np.array_equal(value, before[f"model/{name}"]) for name, value in after.items())
    rest = load_file(folder / "complete" / "checkpoints" / "retrain.newest.safetensors")
    assert rest.keys() == {name for name in before if not name.startswith("model/")}
    assert all(np.array_equal(value, before[name]) for name, value in rest.items())
    model = package.load_run("runs/complete", phase="retrain")
    assert all(np.array_equal(value.numpy(), after[name]) for name, value in model.state_dict().items())
    assert float(model.graph.node("stem").op.neuron.surrogate.b) == read_run(folder / "complete").rounds["stem"][-1].b


def test_the_reader_says_how_to_convert(folder):
    from spikegraph.backends.torch.train.checkpoint import read_weights

    with pytest.raises(CheckpointError) as found:
        read_weights(folder / "complete" / "checkpoints" / "retrain.newest.safetensors")
    assert "isn't a file of the format spikegraph-weights" in str(found.value)
    from spikegraph.backends.torch.train.checkpoint import load_checkpoint

    path = folder / "complete" / "checkpoints" / "retrain.newest.safetensors"
    with pytest.raises(CheckpointError, match=r"has format version 1; .*convert it with `spikegraph upgrade RUN`"):
        pair = Pair(path, folder / "complete" / "weights.safetensors")
        load_checkpoint(pair, Pair(folder / "none", folder / "none"), None, {}, None, lambda _: None)


def test_an_early_form_of_version_2_is_converted_too(folder):
    path = folder / "complete" / "checkpoints" / "retrain.newest.safetensors"
    content = read(path, "")
    path.write_bytes(write(Content(content.tensors, {**content.metadata, "format_version": "2"})))
    assert command(["upgrade", "runs/complete"]) == 0
    assert (folder / "complete" / "weights.safetensors").exists()


def test_a_copy_leaves_the_run_as_it_is(folder, capsys):
    before = files(folder / "complete")
    assert command(["upgrade", "runs/complete", "-o", "runs/new"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("runs/new/manifest.json: ") and lines[-1] == "converted to runs/new"
    assert files(folder / "complete") == before
    assert sorted(p.name for p in folder.iterdir()) == ["complete", "interrupted", "new"]
    assert command(["upgrade", "runs/complete", "-o", "runs/new"]) == 1
    assert capsys.readouterr().err == "error: runs/new: it exists\nhelp: choose a new folder with -o\n"
    assert command(["upgrade", "runs/new"]) == 0
    assert capsys.readouterr().out == "runs/new is current\n"


def test_a_copy_inside_the_run_is_refused(folder, capsys):
    before = files(folder)
    for inside in ("copy", "deeper/copy"):
        assert command(["upgrade", "runs/complete", "-o", f"runs/complete/{inside}"]) == 1
        assert f"runs/complete/{inside}: it is inside the run" in capsys.readouterr().err
    assert files(folder) == before


@pytest.mark.parametrize("moment", range(7))
def test_an_interrupted_conversion_is_finished_by_a_second_one(folder, monkeypatch, moment):
    """It ends at each write; another conversion gives what an uninterrupted one gives."""
    assert command(["upgrade", "runs/interrupted", "-o", "whole"]) == 0
    writes, real = 0, runs.write_whole

    def stopping(path, content):
        nonlocal writes
        if writes == moment:
            raise KeyboardInterrupt
        writes += 1
        real(path, content)

    monkeypatch.setattr(runs, "write_whole", stopping)
    with pytest.raises(KeyboardInterrupt):
        runs.upgrade_run(Path("runs/interrupted"), Path("runs/interrupted"))
    monkeypatch.undo()
    monkeypatch.chdir(folder.parent)
    assert command(["upgrade", "runs/interrupted"]) == 0
    assert files(folder / "interrupted") == files(Path("whole"))


def test_a_failed_copy_leaves_nothing(folder, capsys):
    (folder / "complete" / "checkpoints" / "retrain.newest.safetensors").write_bytes(b"damaged")
    assert command(["upgrade", "runs/complete", "-o", "runs/new"]) == 1
    err = capsys.readouterr().err
    assert "retrain.newest.safetensors: damaged: " in err
    assert err.endswith("help: delete it; --resume then restarts its phase\n")
    assert sorted(p.name for p in folder.iterdir()) == ["complete", "interrupted"]


def changed(path, **changes):
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | changes))


def test_a_newer_run_is_refused(folder, capsys):
    changed(folder / "complete" / "manifest.json", format_version=2)
    before = files(folder / "complete")
    assert command(["upgrade", "runs/complete"]) == 1
    assert capsys.readouterr().err == (
        "error: runs/complete/manifest.json: run folder of version 2; this spikegraph knows versions up to 1\n"
        "help: install a newer spikegraph\n"
    )
    assert files(folder / "complete") == before


def test_a_newer_checkpoint_is_refused(folder, capsys):
    path = folder / "complete" / "checkpoints" / "retrain.newest.safetensors"
    newer = str(checkpoints.FORMAT.current + 1)
    save_file({"a": np.zeros(2)}, path, {"format": "spikegraph-checkpoint", "format_version": newer, "weights": ""})
    assert command(["upgrade", "runs/complete"]) == 1
    assert f"checkpoint of version {newer}; this spikegraph knows versions up to" in capsys.readouterr().err


def test_a_spec_that_was_changed_is_not_taken_for_the_runs(folder, capsys):
    path = folder / "complete" / "resolved.sdhs"
    path.write_text(path.read_text().replace("lr = 0.05", "lr = 0.07"))
    assert command(["upgrade", "runs/complete"]) == 1
    assert capsys.readouterr().err == (
        "error: runs/complete/resolved.sdhs: it isn't the spec that the run was started with, whose hash is in manifest.json\n"
        "help: restore the file\n"
    )


def test_folders_that_are_no_runs(folder, capsys):
    assert command(["upgrade", "runs"]) == 2
    assert capsys.readouterr().err.startswith("error: runs is not the folder of a run: it has no manifest.json\n")
    (folder / "complete" / "manifest.json").write_text("{")
    assert command(["upgrade", "runs/complete"]) == 3
    assert "runs/complete/manifest.json: not valid JSON" in capsys.readouterr().err


def test_files_of_tensors(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(write(Content({"a": Tensor("BF16", (2,), b"abcd"), "b": Tensor("U8", (0,), b"")}, {"k": "v"})))
    content = read(path, "")
    assert (content.tensors["a"], content.metadata) == (Tensor("BF16", (2,), b"abcd"), {"k": "v"})
    for damaged in (b"", b"\0" * 8, path.read_bytes()[:-1], path.read_bytes().replace(b"BF16", b"BF99")):
        path.write_bytes(damaged)
        with pytest.raises(UpgradeError, match="damaged: "):
            read(path, "fix")


def test_the_table_has_the_present_versions():
    written: Any = VERSIONS[checkpoints.CHECKPOINT]  # one version, or all that are read
    read = [written] if isinstance(written, str) else [*written]
    oldest = checkpoints.FORMAT.reads or checkpoints.FORMAT.current
    assert read == [str(version) for version in range(oldest, checkpoints.FORMAT.current + 1)]
    assert "1" in VERSIONS[checkpoints.WEIGHTS]
    assert runs.RUN.current == run_folder.FORMAT_VERSION


def test_versions_that_are_read_are_left_as_they_are():
    def add(value):
        return value + 1

    form = Format("number", 3, {1: Step(add, "one more"), 2: Step(add, "one more")}, reads=2)
    assert form.upgraded(0, 1, Path("a")) == (1, ["number, version 1 to 2: one more"])
    assert form.upgraded(0, 2, Path("a")) == form.upgraded(0, 3, Path("a")) == (0, [])
