"""The import runs the network on the inputs beside a graph; spikes that differ are an error, and nothing is written."""

import re

import h5py
import nir
import numpy as np
import pytest
from nir_cases import CASES
from nir_equations import Simulation
from nir_networks import exported, network, shaped, spikes_in
from simulated import threshold

from spikegraph.cli.entry import run

KINDS = {
    nir.LIF: "output y = image -> conv(3, out = 3) -> lif -> conv(3, out = 2) -> scaled",
    nir.IF: "output y = image -> conv(3, out = 3) -> ifn",
    nir.CubaLIF: "output y = image -> conv(3, out = 3) -> cuba",
    nir.Threshold: "output y = image -> conv(3, out = 3) -> binary",
}
APART = re.compile(
    r"error: net\.nir: ([\d,]+) spikes? differs? from the ([\d,]+) of net\.check\.h5; the"
    r" first, at step (\d+) of sample (\d+): neuron \[(.*?)\] of node `(\w+)` fires (there and not here|here and not there), "
    r"with a potential (\S+) from its threshold, where rounding explains (\S+)\n"
    r"help: (.+)\n"
)
REPORT = "if net.check.h5 is of this graph, please report it with both files; "
AWAY = "move net.check.h5 away to import the graph without a comparison"


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "400")

    def call(*arguments):
        capsys.readouterr()
        status = run(["import", "net.nir", "--from", "nir", "-o", "new.sdhs", *arguments])
        assert status == 0 or not list(tmp_path.glob("new*"))
        return status, capsys.readouterr().err

    return call


def test_what_the_command_prints(command, tmp_path):
    path, beside = exported(network(CASES["residuals"]), tmp_path, dt=0.002)
    total = f"{spikes_in(beside):,}"
    assert command() == (
        0,
        f"note: the time step is 0.002 s, as the file says\nchecked: 0 of {total} spikes differ from net.check.h5\n"
        "wrote new.sdhs (23 lines) and new.safetensors\n",
    )
    (tmp_path / "new.sdhs").unlink()
    (tmp_path / "new.safetensors").unlink()
    assert (
        "note: net.check.h5 has a time step of 0.002 s, so the network is not compared with it\n" in command("--dt", "0.001")[1]
    )
    (tmp_path / "new.sdhs").unlink()
    (tmp_path / "new.safetensors").unlink()
    beside.unlink()
    assert "check" not in command()[1]
    assert path.exists()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_spike_that_differs(kind, command, tmp_path):
    """The neuron is named, and the distance is that of the equations in numpy."""
    path, beside = exported(network(KINDS[kind]), tmp_path)
    graph = nir.read(path)
    name = next(n for n, node in graph.nodes.items() if isinstance(node, kind))
    place = (1, 3, 40)
    with h5py.File(beside, "r+") as file:
        data = file[f"nodes/{name}/observables/spikes/data"]
        fires = bool(data[place])
        data[place] = not fires
        inputs = file["nodes/input/observables/input/data"][()]
    simulation = Simulation(graph, 1e-4)
    simulation.run({"input": shaped(inputs, graph.nodes["input"].output_type["output"])})
    at = np.unravel_index(place[2], graph.nodes[name].output_type["output"])
    distance = abs(simulation.potentials[name][place[1]][(place[0], *at)] - threshold(graph.nodes[name])[at])
    status, text = command()
    found = APART.fullmatch(text)
    assert status == 1
    assert found is not None, text
    assert found[1] == "1"
    assert int(found[2].replace(",", "")) == spikes_in(beside)
    assert (int(found[4]), int(found[3]), found[5], found[6]) == (place[0], place[1], ", ".join(map(str, at)), name)
    assert found[7] == ("here and not there" if fires else "there and not here")
    assert float(found[8]) == pytest.approx(distance, rel=0.05)
    assert float(found[9]) < min(1e-4, distance)
    assert found[10] == REPORT + AWAY


def test_a_difference_that_rounding_explains(command, tmp_path):
    """A threshold is raised to 1e-9 above the potential that was closest above it."""
    path, _ = exported(network("output y = x -> linear(5) -> lif -> linear(4) -> lif", "x : spike[12]", time=""), tmp_path)
    graph = nir.read(path)
    simulation = Simulation(graph, 1e-4)
    data = nir.read_data(tmp_path / "net.check.h5").nodes
    simulation.run({"input": shaped(data["input"].observables["input"].data, (12,))})
    name = next(n for n, node in graph.nodes.items() if isinstance(node, nir.LIF))
    above = np.stack(simulation.potentials[name]) - graph.nodes[name].v_threshold
    step, sample, neuron = np.argwhere(above == above[above > 0].min())[0]
    graph.nodes[name].v_threshold[:] = simulation.potentials[name][step][sample, neuron] + 1e-9
    nir.write(path, graph)
    status, text = command()
    found = re.search(
        r"checked: 1 of ([\d,]+) spikes differ from net.check.h5, as rounding explains: neuron \[(\d+)\] of `\S+` "
        r"at step (\d+) of sample (\d+), whose potential is (\S+) from its threshold \(rounding explains (\S+)\)\n",
        text,
    )
    assert status == 0 and found is not None, text
    assert (int(found[3]), int(found[4]), int(found[2])) == (step, sample, neuron)
    assert float(found[5]) == pytest.approx(1e-9, rel=0.1)
    assert 1e-9 < float(found[6]) < 1e-5


@pytest.mark.parametrize("apart", [1e-4, 1e-3])
def test_a_threshold_that_is_farther_than_rounding(command, tmp_path, apart):
    path, _ = exported(network("output y = x -> linear(5) -> lif -> linear(4) -> lif", "x : spike[12]", time=""), tmp_path)
    graph = nir.read(path)
    for node in graph.nodes.values():
        if isinstance(node, nir.LIF):
            node.v_threshold[:] *= 1 + 100 * apart
    nir.write(path, graph)
    status, text = command()
    found = APART.fullmatch(text)
    assert status == 1
    assert found is not None, text
    assert float(found[8]) > float(found[9])


def test_an_output_that_differs(command, tmp_path):
    _, beside = exported(network(CASES["chain"]), tmp_path)
    with h5py.File(beside, "r+") as file:
        file["nodes/output/observables/output/data"][0, 0, 1] += 0.25
    text = (
        r"error: net\.nir: the output `output` differs from net\.check\.h5 by up to 0\.25 at step 0, where rounding explains "
        r"\S+e-0[567]\nhelp: please report it with the graph\n"
    )
    status, printed = command()
    assert status == 1
    assert re.fullmatch(text, printed), printed


def test_files_that_are_of_another_graph_or_none(command, tmp_path):
    _, beside = exported(network(CASES["chain"]), tmp_path)
    whole = beside.read_bytes()
    beside.write_bytes(whole[:-3000])
    status, text = command()
    assert status == 1
    assert text.startswith("error: net.check.h5: has no spikes that can be read (OSError: ")
    assert text.endswith(f"help: {AWAY}\n")
    other = tmp_path / "other"
    other.mkdir()
    for case, inputs in (
        ("output y = image -> conv(3, out = 4) -> ifn", "image : real[2, 8, 8]"),
        (CASES["chain"], "image : real[2, 6, 6]"),
    ):
        beside.write_bytes(exported(network(case, inputs), other)[1].read_bytes())
        assert command() == (1, f"error: net.check.h5: belongs to another graph\nhelp: {AWAY}\n")
    nir.write_data(
        beside, nir.NIRGraphData({"input": nir.NIRNodeData({"voltage": nir.TimeGriddedData(np.zeros((1, 1, 1)), 1e-4)})})
    )
    assert command() == (1, f"error: net.check.h5: has no spikes that can be read (KeyError: 'voltage')\nhelp: {AWAY}\n")
