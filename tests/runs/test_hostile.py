"""Run folders of strangers: nothing leads out of them, nothing is waited for, and odd values are named."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.cli.entry import run as spikegraph
from spikegraph.runs.array_file import read_archive, read_array
from spikegraph.runs.examples import read_examples
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import read_journal
from spikegraph.runs.record import read_run

RESTORE = "restore it from a copy of the run, or start a new run in another folder"


@pytest.fixture
def folder(tmp_path, manifest, monkeypatch):
    """A run in `run`, with a file elsewhere."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run"
    (path / "checkpoints").mkdir(parents=True)
    (path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "elsewhere").write_text("kept")
    return path


def refused(path):
    with pytest.raises(RunFolderError) as caught:
        read_run(path)
    return str(caught.value.path.relative_to(path)), caught.value.summary, caught.value.help


@pytest.mark.parametrize("name", ["summary.json", "examples.npz", "checkpoints/new", "diagrams", "x"])
@pytest.mark.parametrize("target", ["../elsewhere", "../new", "/dev/zero", ".."])
def test_a_link_out_of_the_folder(folder, name, target):
    link = folder / name
    link.symlink_to(("../" if "/" in name and not target.startswith("/") else "") + target)
    assert refused(folder) == (name, "is a link out of the run's folder", "put the file itself into the folder")
    assert (folder.parent / "elsewhere").read_text() == "kept"


@pytest.mark.parametrize("target", ["summary.json", "nowhere"])
def test_a_link_that_leads_nowhere(folder, target):
    (folder / "summary.json").symlink_to(target)
    assert refused(folder) == ("summary.json", "is a link that leads nowhere", RESTORE)


def test_a_folder_that_is_deleted_while_the_run_is_read(folder, monkeypatch):
    """The process that has the run deletes the checkpoints of a candidate between the listing above it and its own."""
    checkpoints = folder / "trials" / "0001" / "checkpoints"
    checkpoints.mkdir(parents=True)
    scandir, seen = os.scandir, []

    def deleting(path):
        seen.append(path)
        if path == checkpoints:
            checkpoints.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deleting)
    assert read_run(folder).path == folder
    assert checkpoints in seen
    assert not checkpoints.exists()


def test_links_within_the_folder_and_to_it(folder):
    (folder / "genotype.sdhs").symlink_to("checkpoints/real")
    (folder / "checkpoints" / "real").write_text("sdhs 1\n")
    (folder.parent / "linked").symlink_to("run")
    assert read_run(folder.parent / "linked").genotype == "sdhs 1\n"


@pytest.mark.parametrize("name", ["manifest.json", "metrics.jsonl", "weights.safetensors", "checkpoints/x"])
def test_a_pipe(folder, name, capsys):
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert spikegraph(["show", "run"]) == 3
    summary = f"error: run/{name}: is a pipe, a socket or a device, not a file"
    assert capsys.readouterr().err == f"{summary}\nhelp: {RESTORE}\n"


@pytest.mark.parametrize("name", ["snapshots", "trials", "controls"])
def test_a_file_in_place_of_a_folder(folder, name):
    (folder / name).write_text("")
    assert refused(folder) == (name, "is a file, not a folder", "delete it, or restore it from a copy of the run")


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("seed", 10**30, "`seed` should be less than or equal to 9223372036854775807"),
        ("threads", -1, "`threads` should be greater than or equal to 0"),
        ("notes", "[" * 100_000, "not valid JSON (recursion limit exceeded at line 1 column"),
    ],
)
def test_odd_values(folder, manifest, key, value, problem):
    text = json.dumps({key: value, **{k: v for k, v in manifest.items() if k != key}})
    (folder / "manifest.json").write_text(text.replace(f'"{value}"', value) if isinstance(value, str) else text)
    assert refused(folder)[1].startswith(problem)


def test_a_record_that_is_too_large(folder):
    with (folder / "summary.json").open("wb") as file:
        file.truncate(1 << 40)
    assert refused(folder) == (
        "summary.json",
        "can't be read: it has 1,099,511,627,776 bytes; at most 16,777,216 are read",
        "delete the file; --resume writes it again",
    )


def test_a_line_that_is_too_long(folder):
    path = folder / "metrics.jsonl"
    path.write_bytes(b"x" * (16 * 1024 * 1024 + 1) + b"\n")
    with pytest.raises(RunFolderError) as caught:
        read_journal(path)
    assert (caught.value.summary, caught.value.help) == (
        f"{path}, line 1: it has more than 16,777,216 bytes",
        "delete the line",
    )


def test_numbers_that_charts_could_not_draw(folder):
    path = folder / "metrics.jsonl"
    entry = {"time": 1.0, "event": "epoch", "phase": "retrain", "epoch": 1, "step": 1, "losses": {"loss": 1e200}}
    path.write_text(json.dumps(entry) + "\n")
    with pytest.raises(RunFolderError, match=r"line 1: `losses.loss` should be less than or equal to 10000"):
        read_journal(path)


def test_a_class_beyond_all_classes(folder):
    evaluation = {"metrics": {}, "samples": 1, "seconds": 1.0, "confusion": {"1000000000": {"0": 1}}}
    (folder / "summary.json").write_text(json.dumps({"format_version": 1, "evaluation": evaluation}))
    assert "should be less than 100000" in refused(folder)[1]


def test_snapshots_with_other_names_are_ignored(folder):
    (folder / "snapshots").mkdir()
    for name in (
        "epoch-0003.sdhs",
        "epoch-1x.sdhs",
        "epoch-x.sdhs",
        f"epoch-{'9' * 20}.sdhs",
        "epoch-\u0663\u0663\u0663\u0663.sdhs",
    ):
        (folder / "snapshots" / name).write_text("")
    assert RunFolder(folder).snapshot_epochs() == [3]


def archive(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def test_a_bomb(tmp_path):
    """Half a gigabyte of zeros in half a megabyte."""
    with (
        zipfile.ZipFile(path := tmp_path / "examples.npz", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("meta.npy", "w") as entry,
    ):
        for _ in range(300):
            entry.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(RunFolderError) as caught:
        read_examples(path)
    assert caught.value.summary == ("can't be read: it unpacks to 1 arrays of 314,572,800 bytes; at most 268,435,456 are read")


def test_a_bomb_that_lies_about_its_size():
    """What is behind the size that an archive states isn't unpacked."""
    data = bytearray(archive(x=np.zeros(100_000_000, np.uint8)))
    claimed = (100_000_128).to_bytes(4, "little")
    at = data.rfind(claimed)  # in the list of files at the end, which counts
    data[at : at + 4] = (200).to_bytes(4, "little")
    with pytest.raises(ValueError, match=r"Bad CRC-32|claims"):
        read_archive(bytes(data))


def test_names_in_an_archive_are_not_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(read_archive(archive(**{"../../x": np.zeros(1), "/etc/x": np.ones(1)}))) == ["../../x", "/etc/x"]
    assert list(tmp_path.iterdir()) == []


def npy(header):
    text = header.encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + bytes(64)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**12}, 2)}}"), "claims 16,000,000,000,000 bytes"),
        (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-8, 1)}"), "claims -64 bytes"),
        (npy("{'descr': '|V0', 'fortran_order': False, 'shape': (9,)}"), "claims 0 bytes"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (8,)}"), "it has objects, which would run code"),
        (npy("__import__('os').getpid()"), "malformed node or string"),
        (npy("(" * 5000), ""),
        (b"\x93NUMPY\3\0" + bytes(99), "version 3.0 of the format"),
        (b"", ""),
    ],
)
def test_headers_of_arrays_that_lie(data, problem):
    with pytest.raises(ValueError) as caught:
        read_array(data)
    assert problem in str(caught.value) and str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"image0.image": np.zeros((2, 2, 3))}, "image0.image is float64 [2, 2, 3], which isn't what spikegraph writes"),
        (
            {"image0.image": np.zeros((0, 2, 3), np.uint8)},
            "image0.image is uint8 [0, 2, 3], which isn't what spikegraph writes",
        ),
        ({"image0.probabilities": np.array([np.nan], np.float32)}, "image0.probabilities has a value that is no probability"),
        ({"meta": np.array('{"format_version": 1, "images": [0]}')}, "`stereo` is missing"),
        ({"meta": np.array("[" * 5000)}, "not valid JSON"),
        (
            {"meta": np.array('{"format_version": 1, "stereo": [], "images": [0, 1], "classes": []}')},
            "it has no array 'image1.image'",
        ),
    ],
)
def test_examples_that_spikegraph_did_not_write(tmp_path, changes, problem):
    meta = {"format_version": 1, "stereo": [], "images": [0], "classes": []}
    good = {"image0.image": np.zeros((2, 2, 3), np.uint8), "image0.probabilities": np.array([1], np.float32)}
    path = tmp_path / "examples.npz"
    path.write_bytes(archive(**good, meta=np.array(json.dumps(meta))))
    assert read_examples(path) is not None
    path.write_bytes(archive(**{**good, "meta": np.array(json.dumps(meta)), **changes}))
    with pytest.raises(RunFolderError) as caught:
        read_examples(path)
    assert caught.value.summary.startswith(f"can't be read: {problem}")
