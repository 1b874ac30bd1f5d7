"""A cell whose candidate is a block, against an edge computed here with the model's weights."""

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { threshold = 0.5 }
block sep(x) {
  weights = own
  param k = 3
  param spread = 1
  wide = x -> relu -> conv(k, groups = all, dilation = spread, bias = false)
  return wide -> conv(1, bias = false) -> norm
}
candidates ops {
  sep3 = sep -> sep(k = 5)
  dil3 = sep(spread = 2)
}
cell feature { inputs = [prev]  nodes = 2  candidates = ops  neuron = none  keep = 1 }
network net {
  input x : real[4, 9, 7]
  output y = x -> chain([feature], width = 4)
}
"""
GENOTYPE = "genotype feature { n0 = sep3(prev)  n1 = dil3(n0) }\n"


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "net.sdhs"
    found.write_text(SPEC + GENOTYPE, encoding="utf-8")
    return found


def half(x, state, prefix, number, dilation):
    """ReLU, depthwise convolution, 1 x 1 convolution and batch norm with running statistics."""
    names = [f"{prefix}.conv{'' if i == 1 else i}.weight" for i in (2 * number - 1, 2 * number)]
    depth, point = (state[name] for name in names)
    pad = dilation * (depth.shape[-1] // 2)
    x = F.conv2d(F.conv2d(x.relu(), depth, padding=pad, dilation=dilation, groups=4), point)
    norm = f"{prefix}.norm{'' if number == 1 else number}"
    return F.batch_norm(x, *(state[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")), eps=1e-5)


def test_outputs_are_those_of_the_edges(path):
    torch.manual_seed(3)
    built = Program.read(path).build("retrain")
    model = lower(built.graph, plain=built.plain).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    model(torch.randn(1, 8, 4, 9, 7, dtype=torch.float64))  # running statistics
    state, x = model.eval().state_dict(), torch.randn(1, 2, 4, 9, 7, dtype=torch.float64)
    (first,) = {name.partition(".sep3.")[0] for name in state if ".sep3." in name}
    (second,) = {name.partition(".dil3.")[0] for name in state if ".dil3." in name}
    n0 = half(half(x[0], state, f"{first}.sep3", 1, 1), state, f"{first}.sep3", 2, 1)
    n1 = half(n0, state, f"{second}.dil3", 1, 2)
    found = model(x)
    torch.testing.assert_close((found["y"] if isinstance(found, dict) else found)[0], torch.cat([n0, n1], 1))
