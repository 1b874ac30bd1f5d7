"""`spikegraph export RUN --to nir`: a trained run leaves the project, or the command says why not."""

from pathlib import Path

import nir
import numpy as np
import pytest
import torch
from readers import in_spikingjelly
from simulated import check_data

import spikegraph as package
from spikegraph.cli.entry import run

ROOT = Path(__file__).parents[2]
RUN = ROOT / "tests" / "compat" / "0.1.0" / "runs" / "complete"


@pytest.fixture
def export(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments):
        capsys.readouterr()
        status = run(["export", *map(str, arguments)])
        return status, capsys.readouterr().err

    return call


def test_a_run(export, tmp_path):
    status, text = export(RUN, "--to", "nir", "-o", "net.nir")
    assert (status, text) == (
        0,
        "note: net.check.h5 has the spikes and outputs for 2 random inputs\n"
        "note: the result is the mean of `output` over the time steps, which the reader takes\n"
        "wrote net.nir\nwrote net.check.h5\n",
    )
    inputs, spikes, output = check_data(tmp_path / "net.nir", tmp_path / "net.check.h5")
    found = in_spikingjelly(tmp_path / "net.nir", inputs)
    assert all((found[name] == values).all() for name, values in spikes.items())
    model = package.load_run(RUN).double()
    with torch.inference_mode():
        own = model(torch.from_numpy(inputs[0])).numpy()
    assert np.abs(found["output"].mean(0) - own).max() < 1e-12
    assert np.abs(output[0] - own).max() < 1e-12
    graph = nir.read(tmp_path / "net.nir")
    assert graph.metadata["mean_over_time"] == "output"
    data = nir.read_data(tmp_path / "net.check.h5").nodes["output"].observables["output"].data
    assert data.shape == (2, 1, 10)


def test_the_same_run_gives_the_same_files(export, tmp_path):
    export(RUN, "--to", "nir", "-o", "a.nir")
    export(RUN, "--to", "nir", "-o", "b.nir")
    assert (tmp_path / "a.nir").read_bytes() == (tmp_path / "b.nir").read_bytes()
    assert (tmp_path / "a.check.h5").read_bytes() == (tmp_path / "b.check.h5").read_bytes()


def test_another_time_step(export, tmp_path):
    assert export(RUN, "--to", "nir", "-o", "a.nir")[0] == 0
    assert export(RUN, "--to", "nir", "-o", "b.nir", "--dt", "0.001")[0] == 0
    a, b = (nir.read(tmp_path / f"{name}.nir") for name in "ab")
    assert (a.metadata["dt"], b.metadata["dt"]) == (1e-4, 1e-3)
    lif = next(name for name, node in a.nodes.items() if isinstance(node, nir.LIF))
    np.testing.assert_allclose(b.nodes[lif].tau, 10 * a.nodes[lif].tau, rtol=1e-15)
    assert (b.nodes[lif].r == a.nodes[lif].r).all()


def test_a_run_that_is_not_complete(export, tmp_path):
    status, text = export(RUN.parent / "interrupted", "--to", "nir", "-o", "x.nir")
    assert status == 0
    assert text.startswith("note: the run isn't complete; continue with `spikegraph compile --train --out ")
