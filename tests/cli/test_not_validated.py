"""What commands say where folded norms can't be compared, and where a comparison takes long."""

import sys
import warnings
from pathlib import Path

import pytest

import spikegraph as package
from spikegraph.base import notices
from spikegraph.meaning.references import REFERENCES

sys.path.append(str(Path(__file__).parents[1] / "exporting"))

from run_folders import run_folder

SPEC = """sdhs 1
neuron lif { }
network net {
  input x : real[2, 6, 6]
  output y = x -> conv(3, out = 3) -> norm -> lif -> pool -> linear(2)
}
"""
NOTE = "note: the network with folded norms isn't compared with the trained one: `pool` of `y.pool` has no reference"


@pytest.fixture
def run(spikegraph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "pool" in REFERENCES  # which imports them
    monkeypatch.delitem(REFERENCES._entries, "pool")
    return run_folder(tmp_path / "run", SPEC)


def test_a_command_says_once_that_it_trusts_an_operation(run, spikegraph):
    done = spikegraph("export", "run", "--to", "safetensors", "-o", "net.safetensors")
    assert done.status == 0, done.err
    assert done.err.splitlines().count(NOTE) == 1


def test_loading_in_python_warns(run):
    with pytest.warns(UserWarning, match=NOTE.removeprefix("note: ")):
        package.load_run(run)


def test_with_references_nothing_is_said(tmp_path, spikegraph, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_folder(tmp_path / "run", SPEC)
    done = spikegraph("export", "run", "--to", "safetensors", "-o", "net.safetensors")
    assert (done.status, "compar" in done.err) == (0, False), done.err
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        package.load_run(tmp_path / "run")


def test_a_slow_comparison_is_told(tmp_path, spikegraph, monkeypatch):
    """At a limit of 0 seconds every comparison is slow."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(SPEC)
    run_folder(tmp_path / "run", SPEC)
    monkeypatch.setattr(notices, "SLOW_S", 0.0)
    done = spikegraph("export", "run", "--to", "safetensors", "-o", "net.safetensors")
    assert done.err.splitlines()[0] == "comparing the network with folded norms with the trained one ..."
    done = spikegraph("check", "net.sdhs", "--validate", "--phase", "deploy")
    assert done.err.splitlines() == ["validating the passes of deploy ..."]
