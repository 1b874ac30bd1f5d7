"""The time step that neurons with a synapse say, where the file itself says none."""

import nir
import numpy as np
import pytest

from spikegraph.backends.nir.importing import import_graph


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
    one = np.ones(2)
    node = nir.CubaLIF(tau_syn=5e-3 * one, tau_mem=1e-2 * one, r=r * one, w_in=weight * one, v_leak=0 * one, v_threshold=one)
    nodes = {"input": nir.Input({"input": np.array([2])}), "a": node, "output": nir.Output({"output": np.array([2])})}
    nir.write(tmp_path / "a.nir", nir.NIRGraph(nodes, [("input", "a"), ("a", "output")]))
    assert import_graph(tmp_path / "a.nir").notes[0] == said
