"""The time step that neurons say, where the file itself says none."""

import nir
import numpy as np
import pytest

from spikegraph.backends.nir.importing import import_graph

ONE = np.ones(2)


def integrator():
    return nir.IF(r=ONE, v_threshold=ONE)


def lif(r):
    return nir.LIF(tau=1e-2 * ONE, r=r * ONE, v_leak=0 * ONE, v_threshold=ONE)


@pytest.mark.parametrize(
    ("r", "weight", "said"),
    [
        (1, 1, "the graph doesn't say its time step; it is taken as 0.0001 s"),
        (4, 1, "the graph doesn't say its time step; it is taken as 0.0001 s"),
        (20, 10, "the time step is 0.0005 s, as `a` says"),
    ],
)
def test_the_time_step_of_neurons_with_a_synapse(r, weight, said, tmp_path):
    """With the time step that such a node says, dt / tau_syn * w_in and dt / tau_mem * r are both 1; Norse writes ones."""
    node = nir.CubaLIF(tau_syn=5e-3 * ONE, tau_mem=1e-2 * ONE, r=r * ONE, w_in=weight * ONE, v_leak=0 * ONE, v_threshold=ONE)
    nodes = {"input": nir.Input({"input": np.array([2])}), "a": node, "output": nir.Output({"output": np.array([2])})}
    nir.write(tmp_path / "a.nir", nir.NIRGraph(nodes, [("input", "a"), ("a", "output")]))
    assert import_graph(tmp_path / "a.nir").notes[0] == said


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (lif(r=1), "the graph doesn't say its time step; it is taken as 0.0001 s"),
        (lif(r=20), "the time step is 0.0005 s, as `b` says"),
        (integrator(), "the time step is 1 s, as `a` says"),
    ],
)
def test_a_resistance_of_one_beside_time_constants_says_none(second, said, tmp_path):
    """Integrators alone add up what they get: dt * r is 1."""
    nodes = {"input": nir.Input({"input": np.array([2])}), "a": integrator(), "b": second}
    nodes["output"] = nir.Output({"output": np.array([2])})
    nir.write(tmp_path / "a.nir", nir.NIRGraph(nodes, [("input", "a"), ("a", "b"), ("b", "output")]))
    assert import_graph(tmp_path / "a.nir").notes[0] == said
