"""Energy models against the estimators of SpikingJelly, on folded networks and one sample."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.train.rates import FiringRates
from spikegraph.program.program import Program

pytest.importorskip("spikingjelly.activation_based.op_counter")


from spikingjelly.activation_based import functional, layer, neuron
from spikingjelly.activation_based.op_counter import analytical_energy, simple_energy, spikesim
from spikingjelly.activation_based.op_counter.analytical_energy import LemaireEnergyConfig

from .folded_networks import NETWORKS, NO_CROSSBARS, network

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
def test_folded_networks(name, real):
    module, x = network(name, real=real)
    found = spikegraph.from_torch(module, x).statistics(x)
    assert_judged(found, module, x, JUDGES.keys() - ({"spikesim"} if name in NO_CROSSBARS else set()))


def assert_judged(found, module, x, models):
    """Energies of a network with spikes equal those of the estimators."""
    assert found.synaptic_operations > 0
    for model in models:
        functional.reset_net(module)
        expected = JUDGES[model](module, x)
        energy = found.priced(ENERGY_MODELS[model]).inference_millijoules
        assert energy * 1e9 == pytest.approx(expected, rel=1e-9), model


def test_groups_of_channels_have_no_crossbars():
    module, x = network("grouped")
    with pytest.raises(NotImplementedError, match="grouped"):
        crossbars(module, x)
    assert "groups" in (spikegraph.from_torch(module, x).statistics(x).priced(ENERGY_MODELS["spikesim"]).refused or "")


def test_norms_that_stay():
    """A batch norm before a convolution: as many multiply-accumulates, of real numbers alone."""
    torch.manual_seed(0)
    module = nn.Sequential(layer.BatchNorm2d(2), layer.Conv2d(2, 6, 3, padding=1), neuron.IFNode()).eval()
    functional.set_step_mode(module, "m")
    x = torch.randn(4, 1, 2, 8, 8)
    found = spikegraph.from_torch(module, x).statistics(x)
    functional.reset_net(module)
    expected = simple_energy.estimate_simple_energy(module, x).energy_mac_pj
    assert found.priced(ENERGY_MODELS["cmos-45nm"]).inference_millijoules * 1e9 == pytest.approx(expected, rel=1e-9)


SPEC = """sdhs 1
neuron lif { decay = 0.5  threshold = 0.4 }
network net {
  input x : spike[2, 8, 8]
  first = x -> conv(3, out = 6) -> norm -> lif
  output y = first -> conv(3, out = 4) -> norm -> lif
}
"""


def folded_by_hand(weights, name):
    """A convolution of 3 x 3 with the norm behind it."""
    factor = weights[f"{name}.norm.weight"] / torch.sqrt(weights[f"{name}.norm.running_var"] + 1e-5)
    weight, bias = weights[f"{name}.conv.weight"], weights[f"{name}.conv.bias"]
    found = layer.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
    found.weight.data = weight * factor[:, None, None, None]
    found.bias.data = (bias - weights[f"{name}.norm.running_mean"]) * factor + weights[f"{name}.norm.bias"]
    return found


@pytest.mark.filterwarnings("ignore:Lemaire formulas do not support")
def test_a_network_that_the_compiler_folds():
    """By the deploy phase, beside one whose norms are folded here."""
    random = torch.Generator().manual_seed(3)
    program = Program.of_text(SPEC, "net.sdhs").checked()
    weights = {
        name: torch.rand(value.shape, generator=random) - (0.5 if name.endswith("conv.weight") else 0)
        for name, value in spikegraph.compile(program).state_dict().items()
    }
    x = (torch.rand(4, 1, 2, 8, 8, generator=random) < 0.3).float()
    model, built = spikegraph.compile(program, phase="deploy", weights=weights), program.build("deploy")
    assert not any("norm" in name for name in model.state_dict())
    rates = FiringRates(model.graph, model.plain)
    with torch.inference_mode():
        rates.add_inputs({"x": x})
        model.run({"x": x}, watch=rates.add)
    measured = rates.measured()
    found = Statistics.of(built.outline, built.plain, measured.rates, counted=measured.additions, time=measured.time_steps)
    lif = [neuron.LIFNode(2.0, False, v_threshold=0.4) for _ in range(2)]
    module = nn.Sequential(folded_by_hand(weights, "first"), lif[0], folded_by_hand(weights, "y"), lif[1]).eval()
    functional.set_step_mode(module, "m")
    assert_judged(found, module, x, JUDGES)
