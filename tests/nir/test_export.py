"""Exported graphs against equations in numpy: spikes of every neuron at every step, and outputs."""

import nir
import numpy as np
import pytest
from nir_networks import exported, network, shaped
from reference import Simulation

CASES = {
    "chain": "output logits = image -> conv(3, out = 4) -> norm -> lif -> pool -> linear(3) -> mean(time)",
    "strides": "output logits = image -> conv(3, out = 4, stride = 2) -> norm -> lif -> conv(3, out = 4, stride = 3) -> lif",
    "even windows": """
        a = image -> conv(2, out = 4) -> lif
        output y = a -> conv(4, out = 3, stride = 2) -> lif -> conv(4, out = 2) -> ifn""",
    "other windows": "output y = image -> conv([3, 1], out = 4) -> lif -> conv([1, 2], out = 3) -> lif",
    "dilation": "output y = image -> conv(3, out = 4, dilation = 2) -> lif -> conv([3, 2], out = 3, dilation = [1, 3]) -> lif",
    "padding": """
        a = image -> conv(3, out = 4, padding = 0) -> lif
        output y = a -> conv(5, out = 3, padding = [3, 1], stride = [2, 1]) -> lif""",
    "groups": "output y = image -> conv(3, out = 4, groups = 2) -> lif -> conv(3, out = 8, groups = all) -> lif",
    "signs": "output y = image -> conv(3, out = 4, sign = inhibitory) -> lif -> conv(3, out = 4, sign = excitatory) -> lif",
    "concatenation": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = image -> conv(5, out = 3) -> norm -> ifn
        c = concat(a, b, a) -> conv(3, out = 5, groups = 1) -> norm -> lif
        output logits = concat(c, a) -> flatten -> linear(3) -> mean(time)""",
    "concatenation and neurons": """
        a = image -> conv(3, out = 4)
        b = image -> conv(5, out = 3)
        c = concat(a, b) -> channels
        output y = c -> pool(avg) -> conv(3, out = 3) -> lif""",
    "residuals": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = a -> conv(3, out = 4) -> norm -> lif
        c = add(a, b) -> conv(3, out = 4) -> lif
        d = add(a, b, c, a) -> lif
        output y = add(c, d)""",
    "sums of unequal concatenations": """
        a = image -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> lif
        c = add(concat(a, b), concat(b, a)) -> lif
        output y = concat(c, b)""",
    "pools": """
        a = image -> conv(3, out = 4) -> lif -> pool(avg) -> conv(3, out = 4) -> lif
        output logits = a -> flatten -> linear(6) -> vote(2) -> mean(time)""",
    "averages with padding": """
        a = image -> conv(3, out = 4) -> lif -> pool(avg, kernel = 3, stride = 1, padding = centred) -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> ifn
        output y = concat(a, b) -> pool(avg, kernel = [3, 2], stride = 2, padding = 1) -> conv(3, out = 3) -> ifn""",
    "layers on zeros": """
        a = image -> conv(3, out = 4, stride = 2) -> lif
        b = image -> zero(stride = 2) -> conv(3, out = 4) -> norm
        c = image -> zero(stride = 2) -> conv(3, out = 4, bias = false)
        output y = add(a, b, c) -> lif""",
    "maximum of spikes": """
        a = image -> conv(3, out = 4) -> lif -> pool(max) -> conv(3, out = 4) -> lif
        output y = a -> pool(max, kernel = 3, stride = 2, padding = centred) -> pool(max, kernel = 2, stride = 1)""",
    "maximum of a concatenation": """
        a = image -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> ifn
        output y = concat(a, b) -> pool(max, kernel = 3) -> conv(1, out = 2) -> lif""",
    "norms that are not folded": """
        a = image -> conv(3, out = 4)
        b = add(a -> norm, a) -> lif
        output y = b -> norm(affine = false) -> conv(3, out = 3) -> lif""",
    "mean before the classifier": "output logits = image -> conv(3, out = 4) -> lif -> mean(time) -> pool -> linear(3)",
    "neurons of all kinds": """
        a = image -> conv(3, out = 4) -> scaled -> conv(3, out = 4) -> channels
        b = a -> conv(3, out = 4) -> layer -> conv(3, out = 4) -> cuba
        c = b -> conv(3, out = 4) -> reaching -> conv(3, out = 4) -> binary
        output y = c -> flatten -> linear(5) -> lif -> linear(4) -> ifn""",
    "current-based neurons": "output y = image -> conv(3, out = 4) -> cuba -> conv(3, out = 4) -> cuba -> pool -> linear(3)",
    "neurons that never fire": """
        a = image -> conv(3, out = 4) -> quiet -> conv(3, out = 4) -> ifn
        b = a -> conv(3, out = 4) -> quiet_cuba -> conv(3, out = 4) -> lif
        output logits = b -> flatten -> linear(5) -> summing""",
    "dropout and shortcuts": """
        a = image -> conv(3, out = 4) -> lif -> dropout(0.5) -> identity
        b = a -> conv(3, out = 6, stride = 2) -> norm
        output y = add(b, project(a, b)) -> lif""",
    "coarser": "output y = resize(image -> conv(3, out = 4) -> lif, image, down = 2) -> conv(3, out = 3) -> lif",
    "branch of nothing": """
        a = image -> conv(3, out = 4) -> lif
        output y = add(a, a -> zero) -> conv(3, out = 3) -> lif""",
}


@pytest.mark.parametrize("name", CASES)
def test_equations(name, tmp_path):
    compare(network(CASES[name]), tmp_path)


OTHERS = {
    "one axis": (
        "signal : spike[3, 20]",
        "output y = signal -> conv(5, out = 4, stride = 2) -> lif -> conv(2, out = 3) -> ifn -> flatten -> linear(9) -> ifn",
    ),
    "no axis": ("x : spike[12]", "output y = x -> linear(8) -> lif -> linear(4) -> lif"),
    "events": ("x : events[2, 9, 11]", "output y = x -> conv(3, out = 4, stride = 2) -> lif -> pool(avg, padding = 1)"),
    "two inputs and outputs": (
        "left : real[2, 8, 8]\n  input right : real[2, 8, 8]",
        """a = concat(left -> conv(3, out = 3) -> lif, right -> conv(3, out = 2) -> lif)
        output y = a -> conv(3, out = 3) -> lif
        output z = a""",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_inputs(name, tmp_path):
    inputs, lines = OTHERS[name]
    compare(network(lines, inputs, time=""), tmp_path)


TIMED = ("neurons of all kinds", "current-based neurons", "maximum of spikes", "neurons that never fire")


@pytest.mark.parametrize("dt", [1e-9, 3e-4, 1.0])
@pytest.mark.parametrize("name", TIMED)
def test_other_time_steps(name, dt, tmp_path):
    """A time step changes numbers of the graph and no spike: those expected are those of 0.1 ms."""
    other = tmp_path / "other"
    other.mkdir()
    compare(network(CASES[name]), other, dt)
    graph, check = exported(network(CASES[name]), tmp_path)
    changed = differing(nir.read(graph).nodes, nir.read(other / "net.nir").nodes)
    assert changed
    assert changed <= {"tau", "tau_syn", "tau_mem", "r"}
    for node, seen in nir.read_data(check).nodes.items():
        for what, found in nir.read_data(other / "net.check.h5").nodes[node].observables.items():
            assert found.dt == dt
            assert (found.data == seen.observables[what].data).all()


def differing(one, other):
    """The names of the numbers in which two graphs differ."""
    assert list(one) == list(other)
    pairs = [(vars(one[name]), vars(other[name])) for name in one]
    return {key for a, b in pairs for key in a if isinstance(a[key], np.ndarray) and (a[key] != b[key]).any()}


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
