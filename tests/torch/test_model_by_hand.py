"""The model compared with loops written from the paper's equations (Eqs. 1 and 3), step by step and pixel by pixel.

A stem, a cell one level down, a cell back up, and a restore; with two convolutions and a skip, mixed at the spike and at the
membrane, in two dimensions and in three.
"""

import itertools

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.model import Model

DECAY, THRESHOLD, EPS = 0.2, 0.5, 1e-5
STEPS, SAMPLES = 4, 2

NETWORK = """
trellis walk {{ cell = small  layers = 2  levels = 2 }}
network net {{
  input x : real[3, {size}]
  stem  = x -> stem(3, out = 4, stride = 2)
  cells = stem -> walk
  output y = cells -> restore(stem, out = 3)
  output u = cells -> restore(stem, out = 1, last = membrane)
}}
genotype small {{
  n0 = skip(prev2) + c5(prev)
  n1 = c3(prev2) + skip(n0)
}}
path walk = [1, 0]
"""
GENOTYPE = {"n0": (("skip", "prev2"), ("c5", "prev")), "n1": (("c3", "prev2"), ("skip", "n0"))}


def randomised(model, seed):
    """Sets all weights, scales, shifts and statistics to different random values."""
    torch.manual_seed(seed)
    state = {}
    for name, t in model.state_dict().items():
        fresh = torch.randn(t.shape, dtype=torch.float64)
        state[name] = 0.5 + fresh.abs() if name.endswith(("norm.weight", "running_var")) else fresh * 0.5
    model.load_state_dict(state)
    return {k: v.numpy() for k, v in state.items()}


def conv(x, weight, bias, stride):
    """[C, *size] -> [out, *ceil(size / stride)]: one output pixel at a time."""
    kernel, size = weight.shape[2], x.shape[1:]
    half = kernel // 2
    out = np.empty((len(weight), *(-(-n // stride) for n in size)))
    for place in itertools.product(*map(range, out.shape[1:])):
        total = np.array(bias)
        for offset in itertools.product(range(kernel), repeat=len(size)):
            at = tuple(p * stride + o - half for p, o in zip(place, offset, strict=True))
            if all(0 <= a < n for a, n in zip(at, size, strict=True)):
                total = total + weight[(slice(None), slice(None), *offset)] @ x[(slice(None), *at)]
        out[(slice(None), *place)] = total
    return out


def nearest(x, size):
    """[C, *size] -> [C, *other]: output pixel i is input pixel floor(i * in / out)."""
    out = np.empty((len(x), *size))
    for place in itertools.product(*map(range, size)):
        source = tuple(p * a // b for p, a, b in zip(place, x.shape[1:], size, strict=True))
        out[(slice(None), *place)] = x[(slice(None), *source)]
    return out


class ByHand:
    """The network for one sample, run one time step at a time."""

    def __init__(self, weights, mix):
        self.w, self.mix, self.u, self.y = weights, mix, {}, {}

    def current(self, name, x, stride=1):
        """Convolution and norm with the running statistics."""
        w = self.w
        x = conv(x, w[f"{name}.conv.weight"], w[f"{name}.conv.bias"], stride)
        mean, var, gamma, beta = (w[f"{name}.norm.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        shape = (-1, *[1] * (x.ndim - 1))
        scaled = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + EPS)
        return scaled * gamma.reshape(shape) + beta.reshape(shape)

    def neuron(self, name, current):
        """Eq. 1 with a hard reset; strictly greater."""
        before = DECAY * self.u.get(name, 0.0) * (1 - self.y.get(name, 0.0))
        self.u[name] = before + current
        self.y[name] = (self.u[name] > THRESHOLD).astype(float)
        return self.y[name]

    def cell(self, name, prev2, prev, width, size):
        """Eq. 3: each node the sum of its edges, then a neuron; the cell's output their concatenation."""
        source = {"prev2": prev2, "prev": prev}
        for node, terms in GENOTYPE.items():
            total = 0.0
            for operation, origin in terms:
                x = source[origin]
                if operation == "skip" and x.shape == (width, *size):
                    total = total + x
                    continue
                stride = max(-(-a // b) for a, b in zip(x.shape[1:], size, strict=True))
                edge = f"{name}.{node}.{origin}.{operation}"
                current = self.current(edge, x, stride)
                total = total + (self.neuron(edge, current) if self.mix == "spike" else current)
            source[node] = self.neuron(f"{name}.{node}", total)
        return np.concatenate([source[node] for node in GENOTYPE])

    def step(self, x):
        stem = self.neuron("stem", self.current("stem", x, 2))
        size = stem.shape[1:]
        half = tuple(-(-n // 2) for n in size)
        first = self.cell("cells[0]", stem, stem, 4, half)
        second = self.cell("cells[1]", stem, nearest(first, size), 2, size)
        spikes = self.neuron("y", self.current("y.0", second))
        self.u["potential"] = DECAY * self.u.get("potential", 0.0) + self.current("u.0", second)
        return {"stem": stem, "cells[0]": first, "cells[1]": second, "y": spikes, "u": self.u["potential"]}


@pytest.mark.parametrize("size", [(9, 7), (5, 4, 6)], ids=["2d", "3d"])
@pytest.mark.parametrize("mix", ["spike", "membrane"])
def test_the_model_is_the_equations(small, mix, size):
    made = small(NETWORK.format(size=", ".join(map(str, size))), mix=mix)
    model = Model(made.build("retrain").plain).to(torch.float64).eval()
    weights = randomised(model, 7)
    x = torch.randn(STEPS, SAMPLES, 3, *size, dtype=torch.float64)
    wanted = ("stem", "cells[0]", "cells[1]", "y", "u")
    with torch.no_grad():
        found, _ = model.run({"x": x}, wanted=wanted)
    by_hand = [ByHand(weights, mix) for _ in range(SAMPLES)]
    fired = dict.fromkeys(wanted, 0.0)
    for t in range(STEPS):
        for n, network in enumerate(by_hand):
            for name, expected in network.step(x[t, n].numpy()).items():
                value = found[name][t, n].numpy()
                if name == "u":
                    np.testing.assert_allclose(value, expected, rtol=0, atol=1e-9)
                else:
                    np.testing.assert_array_equal(value, expected)
                fired[name] += expected.mean() / (STEPS * SAMPLES)
    # A network that is silent or always fires would test little.
    assert all(0.05 < fired[name] < 0.95 for name in ("stem", "cells[0]", "cells[1]", "y"))
