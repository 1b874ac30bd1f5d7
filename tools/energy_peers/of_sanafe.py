"""What SANA-FE counts: synaptic events of all samples, on its example of Loihi.

Convolutions are lists of connections, border, strides, groups and dilations included; a weight of 0 is one too. An event has a
fixed energy there, so the energy of synapses tells their number. Before each step it rounds potentials to multiples of 1/64
towards 0, as the chip does.
"""

from importlib import import_module
from typing import Any

import numpy as np
from nets import Layer, Net
from numpy.typing import NDArray

PACKAGES = ("sanafe", "numpy")

CORE = 1024
"""Neurons of a core."""

EVENT = 35.5e-12
"""Joules of an event in the first synapse unit of a core of `loihi.yaml`."""

Connections = tuple[list[tuple[int, int]], list[float]]
"""Pairs of neurons, from and to, and their weights."""


def connections(layer: Layer, shape: tuple[int, ...]) -> tuple[Connections, tuple[int, ...]]:
    """The connections of a layer behind neurons of a shape, and the shape of its own; neurons are counted in C order."""
    pairs, weights = list[tuple[int, int]](), list[float]()
    if layer.window is None:
        for target, source in np.ndindex(*layer.weight.shape):
            pairs.append((source, target))
            weights.append(float(layer.weight[target, source]))
        return (pairs, weights), layer.weight.shape[:1]
    stride, padding, dilation, groups = layer.window
    out, share, k, _ = layer.weight.shape
    height, width = ((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n in shape[1:])
    for c, y, x in np.ndindex(out, height, width):
        target = (c * height + y) * width + x
        for s, i, j in np.ndindex(share, k, k):
            row, column = y * stride - padding + i * dilation, x * stride - padding + j * dilation
            if 0 <= row < shape[1] and 0 <= column < shape[2]:
                channel = c // (out // groups) * share + s
                pairs.append(((channel * shape[1] + row) * shape[2] + column, target))
                weights.append(float(layer.weight[c, s, i, j]))
    return (pairs, weights), (out, height, width)


def row(net: Net) -> dict[str, float] | None:
    """The figures of a net; None of one whose input has signs, which no neuron of a chip fires."""
    if net.input.min() < 0:
        return None
    samples = net.input.shape[1]
    return {"events": sum(_events(net, net.input[:, n]) for n in range(samples)), "samples": samples}


def _events(net: Net, x: NDArray[np.float64]) -> int:
    """Synaptic events of a sample [T, ...]."""
    sanafe: Any = import_module("sanafe")
    chip, made = sanafe.load_loihi(), sanafe.Network()
    cores, taken = chip.cores(), 0
    lif = {"threshold": net.threshold, "reset": 0.0, "reset_mode": "hard", "leak_decay": net.decay, "input_decay": 0.0}

    def group(name: str, shape: tuple[int, ...], attributes: dict[str, Any]) -> Any:
        nonlocal taken
        found = made.create_neuron_group(name, int(np.prod(shape)), model_attributes=attributes)
        for neuron in found:
            neuron.map_to_core(cores[taken // CORE])
            taken += 1
        return found

    shape = x.shape[1:]
    last = group("input", shape, {})
    for k, (neuron, train) in enumerate(zip(last, x.reshape(len(x), -1).T, strict=True)):
        neuron.set_attributes(soma_hw_name=f"loihi_inputs[{k}]", model_attributes={"spikes": [bool(s) for s in train]})
    for k, layer in enumerate(net.layers):
        (pairs, weights), shape = connections(layer, shape)
        found = group(f"layer{k}", shape, lif)
        for neuron in found:
            neuron.set_attributes(soma_hw_name="loihi_lif")
        last.connect_neurons_sparse(found, {"weight": weights}, pairs)
        last = found
    loaded = sanafe.SpikingChip(chip)
    loaded.load(made)
    # A layer is a step behind the one before it.
    done = loaded.sim(len(x) + len(net.layers), timing_model="simple", processing_threads=1)
    events = done["energy"]["synapse"] / EVENT
    if abs(events - round(events)) > 1e-3:
        raise ValueError(f"{events} is no number of events of {EVENT} J")
    return round(events)
