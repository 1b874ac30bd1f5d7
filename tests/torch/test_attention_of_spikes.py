"""Attention of published spiking transformers, written with reductions, masks and products, against loops over tokens."""

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.backends.torch.model import Model
from spikegraph.meaning.api import reference_of
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif {{ decay = 0.5  reset = hard }}
network net {{
  input image : real[3, 5, 4]
  time = 3
  x = image -> conv(3, out = 6, bias = false) -> norm -> lif
  q = x -> conv(1, out = 6, bias = false) -> norm -> lif
  k = x -> conv(1, out = 6, bias = false) -> norm -> lif
  v = x -> conv(1, out = 6, bias = false) -> norm -> lif
  {lines}
  y = attention -> conv(1, out = 6, bias = false) -> norm -> lif
  output logits = y -> pool -> linear(4) -> mean(time)
}}
"""

NETWORKS = {
    "token": "a = q -> reduce(over = channels, by = sum, heads = 2) -> lif\n  attention = mul(a -> spread(6), k)",
    "channel": "a = q -> reduce(over = space, by = sum) -> lif\n  attention = mul(a, k)",
    "driven": "a = mul(k, v) -> reduce(over = space, by = sum) -> lif\n  attention = mul(q, a)",
}
"""QK attention by token and by channel (Zhou et al., QKFormer, 2024), and spike-driven self-attention (Yao et al., 2023)."""


class Lif:
    """The neuron, for lists of numbers."""

    def __init__(self, count):
        self.v = [0.0] * count

    def __call__(self, currents):
        spikes = []
        for i, current in enumerate(currents):
            u = 0.5 * self.v[i] + current
            fires = u > 0.5
            self.v[i] = 0.0 if fires else u
            spikes.append(float(fires))
        return spikes


def token(mask, q, k):
    """A mask for each token of each head of three channels; q and k are lists of tokens, each a list of channels."""
    sums = [sum(t[3 * head : 3 * head + 3]) for t in q for head in range(2)]
    masks = mask(sums)
    return [[masks[2 * i + c // 3] * t[c] for c in range(6)] for i, t in enumerate(k)]


def channel(mask, q, k):
    """A mask of each channel for all tokens."""
    masks = mask([sum(t[c] for t in q) for c in range(6)])
    return [[masks[c] * t[c] for c in range(6)] for t in k]


def driven(mask, q, k, v):
    """A mask of each channel, by the tokens in which both k and v have a spike."""
    masks = mask([sum(a[c] * b[c] for a, b in zip(k, v, strict=True)) for c in range(6)])
    return [[masks[c] * t[c] for c in range(6)] for t in q]


LOOPS = {"token": token, "channel": channel, "driven": driven}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_spikes_are_those_of_loops(name):
    built = Program.of_text(SPEC.format(lines=NETWORKS[name]), "net.sdhs").checked().build("deploy")
    torch.manual_seed(1)
    model = Model(built.plain).double()
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.mul_(2.5)
    image = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    used = [name for name in "qkv" if name in built.plain]
    with torch.no_grad():
        values, _ = model.run({"image": image}, wanted=[*used, "attention", "y"])
    fired = 0
    for n in range(2):
        mask = Lif(40 if name == "token" else 6)
        for t in range(3):
            tokens = {name: values[name][t, n].flatten(1).t().tolist() for name in used}
            found = values["attention"][t, n].flatten(1).t().tolist()
            assert found == LOOPS[name](mask, **tokens)
            fired += sum(map(sum, found))
    assert 20 < fired < 600
    weights = {k: x.numpy() for k, x in model.state_dict().items()}
    trace = reference_of(built.plain, weights).trace({"image": image.numpy()}, ["y"])
    assert np.array_equal(trace.values["y"], values["y"].numpy())


@pytest.mark.parametrize("name", NETWORKS)
def test_it_computes_with_spikes(name, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(lines=NETWORKS[name]), encoding="utf-8")
    given = spikegraph.certify(path)
    assert given.holds
    assert given.encoding == ("x.conv",)
    graph = Program.read(path).build("deploy").plain
    assert str(graph.node("attention").value) == "spike[6, 5, 4]"
    assert str(graph.node("a").value) == ("spike[2, 5, 4]" if name == "token" else "spike[6]")
