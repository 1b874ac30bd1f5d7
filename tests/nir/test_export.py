"""Exported graphs against equations in numpy: spikes of every neuron at every step, and outputs."""

import nir
import numpy as np
import pytest
from nir_cases import CASES
from nir_networks import exported, network
from simulated import compare

from spikegraph.backends.nir import statements
from spikegraph.backends.nir.exporting import WrongFileError


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
    "a margin that a convolution has taken in": (
        "x : spike[2, 7, 8]",
        "output y = x -> conv(1, out = 4, bias = false) -> norm(margin = 1) -> conv(3, out = 3, padding = 0) -> lif",
    ),
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


def test_a_graph_that_cant_be_read_back_is_not_written(tmp_path, monkeypatch):
    """As if the factors that take the padding out of averages were wrong."""
    monkeypatch.setattr(statements, "undoes_padding", lambda *_: False)
    with pytest.raises(WrongFileError, match=r"the graph can't be read back: .* factors differ within a channel"):
        exported(network(CASES["averages with padding"]), tmp_path)
    assert not list(tmp_path.iterdir())
