"""SpikingJelly's parallel neurons, which have weights of all time steps: as they come in, and beside the model `psn`."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.program.program import Program

functional = pytest.importorskip("spikingjelly.activation_based.functional")
layer = pytest.importorskip("spikingjelly.activation_based.layer")
neuron = pytest.importorskip("spikingjelly.activation_based.neuron")

PSN = """sdhs 1
neuron psn {
  model = psn
  steps = 5
  surrogate = arctan(b = 3)
}
network net {
  input x : real[6]
  output y = x -> linear(8) -> psn
}
"""


def network():
    torch.manual_seed(0)
    net = nn.Sequential(layer.Linear(6, 8), neuron.PSN(5))
    functional.set_step_mode(net, "m")
    nn.init.normal_(net[1].bias)
    return net.double(), 4 * torch.randn(5, 2, 6, dtype=torch.float64)


def test_a_potential_of_zero_is_a_spike():
    net, x = network()
    nn.init.zeros_(net[0].bias)
    nn.init.zeros_(net[1].bias)
    found = spikegraph.from_torch(net, x)
    assert torch.equal(net(0 * x), torch.ones(5, 2, 8))
    assert torch.equal(found.model()(0 * x), torch.ones(5, 2, 8))


def test_the_weights_of_psn_are_added_to_the_identity():
    net, x = network()
    state = net.state_dict()
    model = spikegraph.compile(Program.of_text(PSN, "net.sdhs").checked(), phase="retrain").double()
    given = {"y.linear.weight": state["0.weight"], "y.linear.bias": state["0.bias"]}
    given |= {"y.w": state["1.weight"] - torch.eye(5), "y.bias": state["1.bias"].flatten()}
    model.load_state_dict(given)
    theirs, ours = net(x), model(x)
    assert 10 < theirs.sum() < 70
    assert torch.equal(ours, theirs)
    factors = torch.randn(5, 2, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    wanted = torch.autograd.grad((theirs * factors).sum(), list(net.parameters()))
    own = dict(model.named_parameters())
    found = torch.autograd.grad((ours * factors).sum(), [own[name] for name in given])
    for one, other in zip(wanted, found, strict=True):
        torch.testing.assert_close(other, one.reshape(other.shape))
