"""Exported graphs against their check data: spikes of every neuron at every step, and outputs."""

import nir
import numpy as np
from nir_equations import Simulation
from nir_networks import exported, shaped


def compare(program, folder, dt=1e-4):
    """Equal spikes at every step, of neurons some of which fire, and equal outputs."""
    path, check = exported(program, folder, dt=dt)
    graph, data = nir.read(path), nir.read_data(check)
    assert float(graph.metadata["dt"]) == dt

    def seen(node, what):
        return shaped(data.nodes[node].observables[what].data, graph.nodes[node].output_type["output"])

    simulation = Simulation(graph, dt)
    values = simulation.run({name: seen(name, "input") for name, node in graph.nodes.items() if isinstance(node, nir.Input)})
    fired = {}
    for node, observed in data.nodes.items():
        if "spikes" in observed.observables:
            spikes = seen(node, "spikes")
            distances = np.abs(np.stack(simulation.potentials[node]) - threshold(graph.nodes[node]))
            assert listed(node, values[node] != spikes, distances) == []
            fired[node] = spikes.mean()
    assert fired
    assert all(0.01 < rate < 0.99 for rate in fired.values()), fired
    for name in (name for name, node in graph.nodes.items() if isinstance(node, nir.Output)):
        mean = name in graph.metadata["mean_over_time"].split(", ")
        assert np.abs((values[name].mean(0, keepdims=True) if mean else values[name]) - seen(name, "output")).max() < 1e-12


def threshold(node):
    return node.threshold if isinstance(node, nir.Threshold) else node.v_threshold


def listed(name, differing, distances):
    """A line for each differing spike, with its distance to the threshold."""
    return [f"{name}{place}: {distances[tuple(place)]:.3g}" for place in np.argwhere(differing).tolist()]


def check_data(path, check):
    graph, data = nir.read(path), nir.read_data(check)
    inputs = shaped(data.nodes["input"].observables["input"].data, graph.nodes["input"].output_type["output"])
    spikes = {
        name: shaped(node.observables["spikes"].data, graph.nodes[name].output_type["output"])
        for name, node in data.nodes.items()
        if "spikes" in node.observables
    }
    output = shaped(data.nodes["output"].observables["output"].data, graph.nodes["output"].output_type["output"])
    return inputs, spikes, output
