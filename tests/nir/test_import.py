"""Graphs of NIR as specs: those of other simulators, and every one that was exported; spike by spike."""

from pathlib import Path

import nir
import numpy as np
import pytest
import torch
from nir_cases import CASES
from nir_equations import Simulation
from nir_networks import exported, network, shaped, spikes_in
from readers import in_spikingjelly
from simulated import listed, threshold

import spikegraph as package
from spikegraph.backends.nir.checking import check
from spikegraph.backends.nir.importing import import_graph

from ..sampled import sampled

GRAPHS = Path(__file__).parent / "graphs"
SHAPES = {
    "lif_norse": (1,),
    "cnn_sinabs": (2, 34, 34),
    "braille_noDelay_bias_zero": (12,),
    "braille_noDelay_noBias_subtract": (12,),
}
STEPS = {"lif_norse": 1e-4, "cnn_sinabs": 1.0, "braille_noDelay_bias_zero": 1e-4, "braille_noDelay_noBias_subtract": 1e-4}
"""Seconds of a time step, with which the neurons of these graphs take their input as it is."""


PULSES = (
    *(6, 22, 27, 31, 32, 35, 37, 40, 41, 43, 44, 45, 46, 47, 48, 49, 50),
    *(51, 52, 53, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 84, 85),
)
"""Multiples of 1 ms at which the neuron of `lif_norse` gets pulses; from the repository of the graph."""


def spikes_of(name, rate=0.3, steps=40, samples=3):
    random = np.random.default_rng(0).random((steps, samples, *SHAPES[name])) < rate
    return random.astype(np.float64)


def values_of(imported, folder, inputs, *, one=False):
    """The values of the neurons by the names of the graph's nodes, and of the output, in float64."""
    spec, weights = imported.save(folder / "imported.sdhs")
    model = package.compile(spec, weights=weights).double()
    given = torch.from_numpy(inputs[0] if one else inputs)
    (x,) = model.graph.inputs()
    wanted = (*imported.neurons.values(), *model.plain.outputs.values())
    plain = package.backends.torch.lowering.lower(model.plain)
    plain.load_state_dict(model.state_dict())
    with torch.inference_mode():
        found, _ = plain.double().eval().run({x: given}, wanted=tuple(dict.fromkeys(wanted)))
    return {name: found[node].numpy() for name, node in imported.neurons.items()}, found[model.plain.outputs["y"]].numpy()


@pytest.mark.parametrize("name", SHAPES)
def test_graphs_of_other_simulators(name, tmp_path):
    inputs = spikes_of(name)
    imported = import_graph(GRAPHS / f"{name}.nir")
    found, output = values_of(imported, tmp_path, inputs)
    graph = nir.read(GRAPHS / f"{name}.nir")
    simulation = Simulation(graph, STEPS[name])
    expected = simulation.run({"input": inputs})
    assert set(found) == {n for n, node in graph.nodes.items() if hasattr(node, "v_threshold")}
    for node, spikes in found.items():
        distances = np.abs(np.stack(simulation.potentials[node]) - threshold(graph.nodes[node]))
        assert listed(node, spikes != expected[node], distances) == []
        assert 0 < spikes.mean() < 1
    assert (output == expected["output"]).all()


def test_an_output_may_be_an_input(tmp_path):
    ends = {"input": nir.Input(np.array([4])), "output": nir.Output(np.array([4]))}
    nir.write(tmp_path / "same.nir", nir.NIRGraph(nodes=ends, edges=[("input", "output")]))
    assert import_graph(tmp_path / "same.nir").spec.endswith("network same {\n  input x : real[4]\n  output y = x\n}\n")


def test_the_exact_solution(tmp_path):
    """A neuron with pulses: the steps of its spikes are those of the differential equation's solution."""
    pulses = 10 * np.array(PULSES)
    inputs = np.zeros((1000, 1, 1))
    inputs[pulses] = 1
    _, output = values_of(import_graph(GRAPHS / "lif_norse.nir"), tmp_path, inputs)
    v, fired = 0.0, []
    for t, pulse in enumerate(inputs[:, 0, 0]):
        remains = np.exp(-1e-4 / 0.0025)
        v = v * remains + (1 - remains) * pulse
        if v > 0.1:
            v, fired = 0.0, [*fired, t]
    assert fired == [460, 510, 710, 760]
    assert np.flatnonzero(output).tolist() == fired


@pytest.mark.parametrize("name", [name for name in SHAPES if name.startswith("braille")])
def test_recurrent_graphs_in_spikingjelly(name, tmp_path):
    """Its reader leaves the recurrent layer out at the first step; so the bias of that layer is moved to the one before."""
    inputs = spikes_of(name)
    found, output = values_of(import_graph(GRAPHS / f"{name}.nir"), tmp_path, inputs)
    graph = nir.read(GRAPHS / f"{name}.nir")
    inner, before = graph.nodes["lif1.w_rec"], graph.nodes["fc1"]
    if isinstance(inner, nir.Affine):
        before.bias = before.bias.astype(np.float64) + inner.bias
        inner.bias = np.zeros_like(inner.bias)
    nir.write(tmp_path / "moved.nir", graph)
    expected = in_spikingjelly(tmp_path / "moved.nir", inputs)
    assert output.any()
    assert {node: int((spikes != expected[node]).sum()) for node, spikes in found.items()} == dict.fromkeys(found, 0)


@pytest.mark.parametrize("name", sampled(CASES, 15))
def test_every_exported_graph_returns(name, tmp_path):
    path, check_file = exported(network(CASES[name]), tmp_path)
    graph, data = nir.read(path), nir.read_data(check_file)
    shape = graph.nodes["input"].output_type["output"]
    inputs = shaped(data.nodes["input"].observables["input"].data, shape)
    imported = import_graph(path)
    found, output = values_of(imported, tmp_path, inputs, one=imported.program.spec.networks["net"].time is not None)
    for node, observed in data.nodes.items():
        if "spikes" in observed.observables:
            expected = shaped(observed.observables["spikes"].data, graph.nodes[node].output_type["output"])
            assert int((found[node] != expected).sum()) == 0, node
    expected = shaped(data.nodes["output"].observables["output"].data, graph.nodes["output"].output_type["output"])
    assert np.abs((output if output.ndim == expected.ndim else output[None]) - expected).max() < 1e-12
    assert check(imported) == f"checked: 0 of {spikes_in(check_file):,} spikes differ from {check_file}"
