"""Gradients of networks, by the surrogates and resets of their authors, against those of SpikingJelly's neurons."""

import pytest
import torch

from . import spikingjelly_peers
from .peers import follow
from .spikformer_peer import Network
from .spikingjelly_peers import integrate, randomise

torch.set_num_threads(1)


def sew_resnet18():
    from spikingjelly.activation_based.model import sew_resnet

    return sew_resnet.sew_resnet18(cnf="ADD", num_classes=10, **integrate())


def resnet19():
    """With TET's triangle of height 1."""
    from spikingjelly.activation_based import neuron, surrogate

    peer = spikingjelly_peers.resnet19()
    for module in peer.modules():
        if isinstance(module, neuron.LIFNode):
            module.surrogate_function = surrogate.PiecewiseQuadratic(alpha=1.0)
    return peer


def spikformer():
    """Neurons as SpikingJelly makes them, with a sigmoid of slope 4, and resets without a gradient."""
    return Network(16, [(2,)], halvings=2, bias=True)


@pytest.mark.parametrize(
    ("peer", "changed"), [(sew_resnet18, ("sew_resnet18.W=64",)), (resnet19, ("resnet19.W=16",)), (spikformer, ())]
)
def test_gradients_are_those_of_spikingjellys_neurons(peer, changed):
    from spikingjelly.activation_based import functional

    name, network = peer.__name__, peer()
    randomise(network, 3.0)
    functional.set_step_mode(network, "m")
    network.double().eval()
    image = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        model = follow(name, network, image.expand(3, *image.shape), overrides=(f"{name}.time=3", *changed), profile="sample")
    functional.reset_net(network)
    image.requires_grad_()
    result = network(image.expand(3, *image.shape))
    result = result.mean(0) if result.dim() == 3 else result
    wanted, found = (torch.autograd.grad(y.square().sum(), image)[0] for y in (result, model(image)))
    assert wanted.abs().max() > 1e-3
    torch.testing.assert_close(found, wanted, rtol=1e-8, atol=1e-10 * wanted.abs().max().item())
