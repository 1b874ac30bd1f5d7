"""The equations of NIR's documentation in numpy, in float64 and Euler steps: a judge that shares no code with the export.

Each node computes from the sum of what its edges bring; edges that close a loop bring the value of the time step before.
"""

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import nir
import numpy as np
from scipy.signal import correlate


def convolved(x, node):
    """A convolution of [N, C, H, W], window by window."""
    stride, padding, dilation = (np.broadcast_to(np.array(n), 2) for n in (node.stride, node.padding, node.dilation))
    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    weight = np.asarray(node.weight, np.float64)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    dense = np.zeros((*weight.shape[:2], *reach))
    dense[:, :, :: dilation[0], :: dilation[1]] = weight
    found = np.stack([[correlate(sample, kernel, "valid", "direct")[0] for kernel in dense] for sample in x])
    return found[:, :, :: stride[0], :: stride[1]] + np.asarray(node.bias, np.float64)[:, None, None]


def pooled(x, node, mean):
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(np.array(n), 2) for n in (node.kernel_size, node.stride, node.padding))
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (2, 3))[:, :, ::sh, ::sw]
    return windows.mean((4, 5)) if mean else windows.sum((4, 5))


class Simulation:
    """A graph of NIR; `run` gives the values of all nodes, and `potentials` has what is compared with thresholds."""

    def __init__(self, graph, dt):
        self.graph, self.dt = graph, dt
        self.order, self.late = ordered(graph)
        self.potentials = {}

    def run(self, inputs):
        """The value of each node, [T, N, ...], for inputs [T, N, ...] by the name of the input's node."""
        steps = len(next(iter(inputs.values())))
        samples = next(iter(inputs.values())).shape[1]
        before = {a: np.zeros((samples, *self.graph.nodes[a].output_type["output"])) for a, _ in self.late}
        self.state, found = {}, {name: [] for name in self.graph.nodes}
        self.potentials = {}
        for t in range(steps):
            values = {}
            for name in self.order:
                if name in inputs:
                    values[name] = inputs[name][t]
                    continue
                terms = [values[a] for a, b in self.graph.edges if b == name and (a, b) not in self.late]
                terms += [before[a] for a, b in self.graph.edges if (a, b) in self.late and b == name]
                values[name] = self.step(name, self.graph.nodes[name], sum(terms))
            before = values
            for name, value in values.items():
                found[name].append(value)
        return {name: np.stack(values) for name, values in found.items()}

    def step(self, name, node, x):
        match node:
            case nir.Output():
                return x
            case nir.Affine():
                return x @ np.asarray(node.weight, np.float64).T + node.bias
            case nir.Linear():
                return x @ np.asarray(node.weight, np.float64).T
            case nir.Scale():
                return x * node.scale
            case nir.Conv2d():
                return convolved(x, node)
            case nir.Conv1d():
                return convolved1d(x, node)
            case nir.AvgPool2d() | nir.SumPool2d():
                return pooled(x, node, isinstance(node, nir.AvgPool2d))
            case nir.Flatten():
                assert (int(node.start_dim), int(node.end_dim)) == (0, -1)
                return x.reshape(len(x), -1)
            case nir.Threshold():
                self.potentials.setdefault(name, []).append(x)
                return (x > node.threshold).astype(np.float64)
        return self.neuron(name, node, x)

    def neuron(self, name, node, x):
        v, i = self.state.get(name, (np.zeros_like(x), np.zeros_like(x)))
        if isinstance(node, nir.CubaLIF | nir.CubaLI):
            i = i + self.dt / node.tau_syn * (-i + node.w_in * x)
            x = i
        if isinstance(node, nir.IF | nir.I):
            v = v + self.dt * node.r * x
        elif isinstance(node, nir.CubaLIF | nir.CubaLI):
            v = v + self.dt / node.tau_mem * (node.v_leak - v + node.r * x)
        else:
            v = v + self.dt / node.tau * (node.v_leak - v + node.r * x)
        if not hasattr(node, "v_threshold"):
            self.state[name] = (v, i)
            return v
        self.potentials.setdefault(name, []).append(v)
        spikes = v > node.v_threshold
        self.state[name] = (np.where(spikes, node.v_reset, v), i)
        return spikes.astype(np.float64)


def convolved1d(x, node):
    plane = nir.Conv2d(
        input_shape=None,
        weight=np.asarray(node.weight)[:, :, None],
        stride=(1, int(node.stride)),
        padding=(0, int(node.padding)),
        dilation=(1, int(node.dilation)),
        groups=1,
        bias=node.bias,
    )
    return convolved(x[:, :, None], plane)[:, :, 0]


def ordered(graph):
    """The nodes in an order of computation, and the edges that close a loop: those from a layer's neurons back to itself."""
    late = set()
    while True:
        sorter = TopologicalSorter({n: [a for a, b in graph.edges if b == n and (a, b) not in late] for n in graph.nodes})
        try:
            return list(sorter.static_order()), late
        except CycleError as error:
            cycle = error.args[1]
            closing = [p for p in pairwise(cycle) if hasattr(graph.nodes[p[0]], "v_threshold")]
            late.add(closing[0])
