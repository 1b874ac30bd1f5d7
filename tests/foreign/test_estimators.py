"""Energy models against the estimators of SpikingJelly, on folded networks and one sample."""

import pytest

import spikegraph
from spikegraph.analysis.energy import ENERGY_MODELS

pytest.importorskip("spikingjelly.activation_based.op_counter")


from spikingjelly.activation_based import functional
from spikingjelly.activation_based.op_counter import analytical_energy, simple_energy, spikesim
from spikingjelly.activation_based.op_counter.analytical_energy import LemaireEnergyConfig

from .folded_networks import NETWORKS, network

CASES = [(name, real) for name in NETWORKS for real in ((False, True) if name in ("if", "linear") else (False,))]


def simple(module, x):
    return simple_energy.estimate_simple_energy(module, x).energy_total_pj


def lemaire(module, x):
    return analytical_energy.estimate_lemaire_energy(module, x, config=LemaireEnergyConfig(strict=False)).total_pj


def crossbars(module, x):
    return spikesim.estimate_spikesim_energy(module, x).energy_total_pj


JUDGES = {"simple": simple, "lemaire": lemaire, "spikesim": crossbars}


@pytest.mark.filterwarnings("ignore:Lemaire formulas do not support")
@pytest.mark.parametrize(("name", "real"), CASES)
def test_ten_folded_networks(name, real):
    module, x = network(name, real=real)
    found = spikegraph.from_torch(module, x).statistics(x)
    assert found.synaptic_operations > 0
    for model, judge in JUDGES.items():
        functional.reset_net(module)
        expected = judge(module, x)
        energy = found.priced(ENERGY_MODELS[model]).inference_millijoules
        assert energy * 1e9 == pytest.approx(expected, rel=1e-9), model
