"""The names of classes in exported files, read by the programs that the files are for."""

import json
import zipfile

import h5py
import onnx
import pytest
import torch
from safetensors import safe_open

import spikegraph
from spikegraph.cli.entry import run

from .run_folders import run_folder

NAMES = ("t-shirt/top", 'Ä, "ö"', "\u9774")
SPEC = """sdhs 1
neuron lif { }
network net {
  input image : real[1, 4, 4]
  time = 2
  output logits = image -> conv(3, out = 2) -> lif -> flatten -> linear(3) -> mean(time)
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run whose data had these classes."""
    return run_folder(tmp_path_factory.mktemp("named") / "run", SPEC, classes=NAMES)


@pytest.fixture
def exported(folder, tmp_path):
    def export(format, run_of=folder):
        assert run(["export", str(run_of), "--to", format, "-o", str(tmp_path / f"net.{format}")]) == 0
        return tmp_path / f"net.{format}"

    return export


def test_torch(exported):
    file, extra = exported("torch"), {"spikegraph.json": ""}
    torch.export.load(file, extra_files=extra)
    assert json.loads(extra["spikegraph.json"])["classes"] == list(NAMES)
    with zipfile.ZipFile(file) as archive:
        (entry,) = (name for name in archive.namelist() if name.endswith("extra/spikegraph.json"))
        assert json.loads(archive.read(entry))["classes"] == list(NAMES)


def test_onnx(exported):
    (entry,) = onnx.load(exported("onnx")).metadata_props
    assert (entry.key, json.loads(entry.value)["classes"]) == ("spikegraph", list(NAMES))


def test_nir(exported):
    with h5py.File(exported("nir")) as file:
        assert file["node/metadata/classes"].asstr()[:].tolist() == list(NAMES)


def test_safetensors(exported, folder):
    file = exported("safetensors")
    with safe_open(file, "numpy") as opened:
        assert json.loads(opened.metadata()["classes"]) == list(NAMES)
    assert spikegraph.load_deployed(file).classes == spikegraph.load_run(folder).classes == NAMES


def test_without_classes(exported, tmp_path):
    folder = run_folder(tmp_path / "run", SPEC)
    with h5py.File(exported("nir", folder)) as file:
        assert "classes" not in file["node/metadata"]
    assert spikegraph.load_deployed(exported("safetensors", folder)).classes == ()
