"""Networks of SpikingJelly 2.0 that architecture searches have found, as its builders make them but narrower."""

from types import SimpleNamespace

import torch
from torch import nn

from foreign_models.model import FirstOf, Made, model
from foreign_models.of_spikingjelly import all_steps

NARROWER = 16
"""By this the channels of SNASNet's builder are divided."""

FORWARD = ((0, 3, 2, 1), (0, 0, 1, 2), (0, 0, 0, 3), (0, 0, 0, 0))
"""The operation from each node (row) to each later one (column): 0 none, 1 a skip, 2 and 3 neurons and a convolution."""

BACKWARD = ((0, 3, 2, 1), (2, 0, 1, 2), (2, 3, 0, 3), (3, 2, 2, 0))
"""As above, with operations from each node to each earlier one, for the next time step."""


@model("SpikingJelly, SpikeDHS, 6 channels, before its search of surrogates")
def spike_dhs() -> Made:
    """The network of the search on CIFAR10; without what its code calls during that search alone, and its auxiliary head."""
    from spikingjelly.activation_based.model import spike_dhs as builder

    sizes = {"fea_step": 3, "fea_num_layers": 8, "fea_block_multiplier": 3, "fea_filter_multiplier": 2}
    net = builder.SpikeDHS(args=SimpleNamespace(**sizes))
    net.classifier = builder.SpikingLinear(4 * 3 * 2, 10, spiking=False)
    net.feature.register_module("auxiliary_head", nn.Identity())
    net._time_step = 4  # pyright: ignore[reportPrivateUsage]
    for part in (p for p in net.modules() if hasattr(p, "dgs_alpha")):
        for name in ["dgs_alpha", *(n for n, _ in part.named_children() if n.endswith(("_s", "_b")))]:
            delattr(part, name)
    return FirstOf(all_steps(net)), torch.rand(2, 3, 16, 16)


def narrower(net: nn.Module) -> nn.Module:
    """SNASNet with a fraction of its channels; classes, and what they vote by, stay."""

    def fewer(n: int) -> int:
        return n // NARROWER if n >= 128 else n

    for path, layer in list(net.named_modules()):
        match layer:
            case nn.Conv2d():
                channels = fewer(layer.in_channels), fewer(layer.out_channels)
                other = nn.Conv2d(*channels, layer.kernel_size[0], padding=layer.padding[0], bias=False)
            case nn.BatchNorm2d():
                other = nn.BatchNorm2d(fewer(layer.num_features))
            case nn.Linear(bias=None):
                other = nn.Linear(fewer(layer.in_features), fewer(layer.out_features), bias=False)
            case nn.Linear():
                other = nn.Linear(fewer(layer.in_features), layer.out_features)
            case _:
                continue
        parent, _, name = path.rpartition(".")
        setattr(net.get_submodule(parent), name, other)
    return net


def snasnet(kind: str, operations: tuple[tuple[int, ...], ...]) -> Made:
    """A network for CIFAR100, in evaluation: in training its norms have statistics of each time step."""
    from spikingjelly.activation_based.model.snas_net import SNASNet

    args = {"timestep": 4, "second_avgpooling": 2, "dataset": "cifar100", "celltype": kind, "threshold": 1.0, "tau": 4 / 3}
    return narrower(SNASNet(SimpleNamespace(**args), torch.tensor(operations))).eval(), torch.rand(2, 3, 32, 32)


@model("SpikingJelly, SNASNet-Fw, 8 channels, in evaluation")
def snasnet_fw() -> Made:
    """Cells whose edges lead forward."""
    return snasnet("forward", FORWARD)


@model("SpikingJelly, SNASNet-Bw, 8 channels, in evaluation")
def snasnet_bw() -> Made:
    """Cells with edges back in time."""
    return snasnet("backward", BACKWARD)
