"""Spikes with a sign: what is loaded and exported computes what was trained, and pictures have both signs."""

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.spikes import neurons, split

SPEC = """
sdhs 1

neuron both {{
  model = ternary
  reset = {reset}
}}

network net {{
  input x : real[2, 6, 5]
  y = x -> conv(3, out = 4) -> norm -> both
  output logits = y -> conv(3, out = 2, stride = 2) -> norm -> both -> pool -> linear(3)
}}
"""


@pytest.fixture(params=["hard", "soft"])
def model(request, tmp_path):
    (tmp_path / "net.sdhs").write_text(SPEC.format(reset=request.param), encoding="utf-8")
    torch.manual_seed(0)
    model = spikegraph.compile(spikegraph.load(tmp_path / "net.sdhs"))
    for _ in range(3):  # running statistics
        model(torch.randn(4, 8, 2, 6, 5))
    return model.eval()


def test_folded_norms_give_the_same(model, tmp_path):
    x = torch.randn(5, 3, 2, 6, 5)
    with torch.no_grad():
        wanted, found = model(x), spikegraph.load(model.save(tmp_path / "saved"))(x)
    assert wanted.abs().max() > 0.1
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    spikegraph.export(model, tmp_path / "net.safetensors", to="safetensors")


def test_bytes_keep_the_sign(model):
    graph = model.plain
    value = torch.tensor([-1.0, 0.0, 1.0, -1.0]).reshape(1, 1, 4, 1, 1)
    assert split(graph, neurons(graph), "y", value)["y"].flatten().tolist() == [-1, 0, 1, -1]
