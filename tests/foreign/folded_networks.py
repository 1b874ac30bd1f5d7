"""Networks of convolutions and linear layers with biases, as folding norms leaves them, with neurons of SpikingJelly."""

from __future__ import annotations

import torch
from spikingjelly.activation_based import functional, layer, neuron
from torch import Tensor, nn


def conv(source, target, kernel=3, **keys):
    """A convolution with a bias."""
    return layer.Conv2d(source, target, kernel, **keys)


NETWORKS = {
    "if": lambda: [conv(2, 6, padding=1), neuron.IFNode(), conv(6, 4, padding=1), neuron.IFNode()],
    "lif": lambda: [conv(2, 6, padding=1), neuron.LIFNode(), conv(6, 4), neuron.LIFNode()],
    "input_stays": lambda: [conv(2, 70, padding=1), neuron.LIFNode(2.0, False), conv(70, 3), neuron.LIFNode(4.0, False)],
    "soft": lambda: [conv(2, 6, 5, padding=2), neuron.IFNode(v_reset=None), conv(6, 4, 1), neuron.LIFNode(v_reset=None)],
    "soft_input_stays": lambda: [conv(2, 6, padding=1), neuron.LIFNode(3.0, False, v_reset=None)],
    "strides": lambda: [conv(2, 8, stride=2, padding=1), neuron.IFNode(), conv(8, 8, 4, stride=3, padding=2), neuron.LIFNode()],
    "dilated": lambda: [conv(2, 5, dilation=2, padding=2), neuron.IFNode(0.3), conv(5, 66, (3, 1)), neuron.IFNode(0.2)],
    "linear": lambda: [
        conv(2, 6, padding=1, stride=2),
        neuron.LIFNode(),
        layer.Flatten(),
        layer.Linear(96, 20),
        neuron.IFNode(),
        layer.Linear(20, 5),
        neuron.LIFNode(),
    ],
    "pooled": lambda: [conv(2, 6, padding=1), neuron.IFNode(), layer.MaxPool2d(2), conv(6, 7), neuron.LIFNode()],
    "no_last_neuron": lambda: [
        conv(2, 6, padding=1, bias=False),
        neuron.IFNode(0.1),
        layer.AvgPool2d(2),
        layer.Flatten(),
        layer.Linear(96, 4),
    ],
    "grouped": lambda: [
        conv(2, 6, padding=1, groups=2),
        neuron.IFNode(0.4),
        conv(6, 6, padding=1, groups=6),
        neuron.LIFNode(v_threshold=0.4),
        conv(6, 4, groups=2, stride=2),
        neuron.IFNode(),
    ],
    "weights_of_41_kib": lambda: [conv(2, 24, padding=1), neuron.IFNode(0.3), conv(24, 48, padding=1), neuron.LIFNode()],
    "weights_of_1_2_mib": lambda: [
        conv(2, 8, padding=1),
        neuron.IFNode(0.3),
        layer.Flatten(),
        layer.Linear(512, 600),
        neuron.LIFNode(),
    ],
}
"""Their layers, by name."""

NO_CROSSBARS = ("grouped",)
"""Those that the estimator of SpikeSim can't price."""


def network(name: str, *, real: bool = False) -> tuple[nn.Module, Tensor]:
    """A network in evaluation mode, for all time steps together, and an input [4, 1, 2, 8, 8].

    Args:
        name: One of `NETWORKS`.
        real: Real numbers as input, in place of spikes.
    """
    torch.manual_seed(sorted(NETWORKS).index(name))
    module = nn.Sequential(*NETWORKS[name]())
    functional.set_step_mode(module, "m")
    x = torch.rand(4, 1, 2, 8, 8)
    for part in module:
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.weight.data *= 3
    return module.eval(), x if real else (x < 0.4).float()
