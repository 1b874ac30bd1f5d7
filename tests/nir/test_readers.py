"""Exported graphs in SpikingJelly, norse and snnTorch, spike by spike."""

import nir
import numpy as np
import pytest
from nir_cases import CASES
from nir_networks import exported, network
from readers import in_norse, in_snntorch, in_spikingjelly
from simulated import check_data

from ..sampled import sampled

UNREAD = {"neurons of all kinds", "concatenation and neurons", "neurons that never fire"}
"""Cases with numbers for each channel, thresholds without memory or neurons without spikes, which SpikingJelly can't read."""


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNREAD])
def test_spikingjelly(name, tmp_path):
    path, check = exported(network(CASES[name]), tmp_path)
    inputs, spikes, output = check_data(path, check)
    found = in_spikingjelly(path, inputs)
    assert spikes
    assert {k: int((found[k] != v).sum()) for k, v in spikes.items()} == dict.fromkeys(spikes, 0)
    mean = len(output) == 1 < len(inputs)
    assert np.abs((found["output"].mean(0, keepdims=True) if mean else found["output"]) - output).max() < 1e-12


def test_spikingjelly_at_another_time_step(tmp_path):
    path, check = exported(network(CASES["current-based neurons"]), tmp_path, dt=3e-3)
    inputs, spikes, _ = check_data(path, check)
    found = in_spikingjelly(path, inputs, dt=3e-3)
    assert {k: int((found[k] != v).sum()) for k, v in spikes.items()} == dict.fromkeys(spikes, 0)


CHAIN = """output y = image -> conv(3, out = 4, stride = 2) -> NEURON -> conv(3, out = 4) -> NEURON
    -> flatten -> linear(20) -> NEURON -> linear(6) -> NEURON""".replace("\n", " ")


@pytest.mark.parametrize(("neuron", "gain"), [("scaled", 4.0), ("ifn", 2.0)])
def test_norse(neuron, gain, tmp_path):
    """Its neurons don't use `r`; that of neurons with `decay_input` is 1, and its integrators add their input as it is."""
    path, check = exported(network(CHAIN.replace("NEURON", neuron)), tmp_path, gain)
    inputs, _, output = check_data(path, check)
    found = in_norse(path, inputs)
    assert 0.02 < output.mean() < 0.98
    assert int((found != output).sum()) == 0


@pytest.mark.parametrize(("neuron", "gain"), [("lif", 2.0), ("scaled", 4.0), ("cuba", 2.0)])
def test_snntorch(neuron, gain, tmp_path, capsys):
    path, check = exported(network(CHAIN.replace("NEURON", neuron)), tmp_path, gain)
    inputs, _, output = check_data(path, check)
    found = in_snntorch(path, inputs, capsys)
    assert 0.02 < output.mean() < 0.98
    assert int((found != output).sum()) == 0


@pytest.mark.parametrize("name", sampled(CASES, 12))
def test_weights_are_those_of_float32(name, tmp_path):
    path, _ = exported(network(CASES[name]), tmp_path)
    layers = [n for n in nir.read(path).nodes.values() if hasattr(n, "weight")]
    assert layers
    assert {a.dtype for n in layers for a in (n.weight, getattr(n, "bias", n.weight))} == {np.dtype(np.float32)}
