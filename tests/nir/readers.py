"""Exported graphs in other simulators: the spikes of their neurons and their outputs, step by step."""

import logging
import warnings
from unittest import mock

import nir
import numpy as np
import torch

NEURONS = (nir.LIF, nir.IF, nir.CubaLIF)


def above(graph):
    """The graph for a reader whose neurons fire when they reach the threshold: with the next number of float64."""
    for node in graph.nodes.values():
        if isinstance(node, NEURONS):
            node.v_threshold = np.nextafter(node.v_threshold, np.inf)
    return graph


class Scaled(torch.nn.Module):
    """The one node of exported graphs that SpikingJelly has no module for."""

    def __init__(self, node):
        super().__init__()
        self.register_buffer("scale", torch.from_numpy(np.asarray(node.scale)))

    def forward(self, x):
        return x * self.scale


def in_spikingjelly(path, inputs, dt=1e-4):
    """Spikes and outputs, [T, N, ...], in float64, for inputs [T, N, ...]; its neurons fire when they reach the threshold."""
    from spikingjelly.activation_based.nir_exchange import from_nir

    graph = above(nir.read(path))
    known = from_nir._NodeMapper.map_dict.fget or dict
    with mock.patch.object(from_nir._NodeMapper, "map_dict", property(lambda self: {**known(self), nir.Scale: Scaled})):
        model = from_nir.import_from_nir(graph, dt=dt, dtype=torch.float64).double()
    return _recorded(graph, model, inputs)


def _recorded(graph, model, inputs):
    found = {name: [] for name, node in graph.nodes.items() if isinstance(node, NEURONS)}
    modules = dict(model.named_modules())
    for name, values in found.items():
        modules[name.replace(".", "_")].register_forward_hook(lambda _, given, result, to=values: to.append(result[0].numpy()))
    state, outputs = None, []
    with torch.no_grad():
        for x in inputs:
            result, state = model(torch.from_numpy(x), state)
            outputs.append(result.numpy())
    return {**{name: np.stack(values) for name, values in found.items()}, "output": np.stack(outputs)}


def in_norse(path, inputs, dt=1e-4):
    """The output, [T, N, ...], in float32; norse doesn't use `r`."""
    logging.disable(logging.WARNING)  # it says so
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it uses TorchScript, and an older function to read graphs
        import norse.torch

        models = [norse.torch.from_nir(nir.read(path), dt=dt) for _ in range(inputs.shape[1])]
    logging.disable(logging.NOTSET)
    return np.stack([_alone(model, inputs[:, n]) for n, model in enumerate(models)], axis=1)


def in_snntorch(path, inputs, capsys):
    """The output, [T, N, ...], in float32; its step is always 0.1 ms. A model keeps potentials, so each sample has its own."""
    from snntorch.import_nir import import_from_nir

    found = np.stack([_alone(import_from_nir(nir.read(path)), x) for x in np.moveaxis(inputs, 1, 0)], axis=1)
    capsys.readouterr()  # it prints what it does
    return found


def _alone(model, inputs):
    """The output for inputs [T, ...] without an axis of samples, which the `Flatten` of these readers would join."""
    state, steps = None, []
    with torch.no_grad():
        for x in inputs:
            result, state = model(torch.from_numpy(x.astype(np.float32)), state)
            steps.append(result.numpy())
    return np.stack(steps)
