"""What NeuroBench counts: accumulations of a sample, and the bytes of the weights.

It leaves out what a spike meets where a weight is 0. Neurons are as in `nets.py`, since it takes the inputs of layers alone.
"""

from importlib import import_module
from typing import Any

import torch
from nets import Layer, Net
from torch import Tensor, nn

PACKAGES = ("neurobench", "torch")


class _Neuron(nn.Module):
    """Neurons of a net, for one time step after the other."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.decay, self.threshold, self.potential = net.decay, net.threshold, torch.zeros(())

    def forward(self, current: Tensor) -> Tensor:
        potential = self.decay * self.potential + current
        spikes = (potential > self.threshold).float()
        self.potential = potential * (1 - spikes)
        return spikes


class _Steps(nn.Module):
    """The modules of a net, step by step."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.parts = nn.Sequential(*(part for layer in net.layers for part in (_connections(layer), _Neuron(net))))

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([self.parts(step) for step in x])


def _connections(layer: Layer) -> nn.Module:
    out, source, *kernel = layer.weight.shape
    if layer.window is None:
        found: Any = nn.Linear(source, out, bias=False)
    else:
        stride, padding, dilation, groups = layer.window
        found = nn.Conv2d(source * groups, out, tuple(kernel), stride, padding, dilation, groups, bias=False)
    found.weight.data = torch.tensor(layer.weight).float()
    return found


def row(net: Net) -> dict[str, float]:
    """The figures of a net."""
    metrics: Any = import_module("neurobench.metrics.workload")
    static: Any = import_module("neurobench.metrics.static")
    model: Any = import_module("neurobench.models").TorchModel(_Steps(net))
    x = torch.tensor(net.input).float()
    model.register_hooks()
    with torch.no_grad():
        model(x)
        counted = metrics.SynapticOperations()(model, None, (x.transpose(0, 1), None))
    if counted["Effective_MACs"]:
        raise ValueError("it takes an input of 0, 1 and -1 for real numbers")
    return {"accumulations": counted["Effective_ACs"], "bytes": static.Footprint()(model)}
