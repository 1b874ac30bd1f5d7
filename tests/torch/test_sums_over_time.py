"""Means and sums over time of a model in bfloat16, whose spikes are counted one by one."""

from pathlib import Path

import pytest
import torch

import spikegraph

SPEC = """sdhs 1
neuron n {{ decay = 0  threshold = 0.5 }}
network net {{
  input x : real[1, 1, 1]
  a = x -> conv(1, out = 1, bias = false) -> n
  output y = a -> {operation}
}}
"""
STEPS, SPIKES = 600, 401
"""More spikes than bfloat16 counts by ones; 401 has nine digits in base two, and isn't among its numbers."""


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [("mean(time)", torch.tensor(SPIKES / STEPS).bfloat16()), ("reduce(over = time, by = sum)", torch.tensor(float(SPIKES)))],
)
@torch.no_grad()
def test_every_spike_counts(operation: str, wanted: torch.Tensor, tmp_path: Path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(operation=operation))
    model = spikegraph.compile(path, bf16=True).eval()
    next(model.parameters()).fill_(1)
    x = torch.zeros(STEPS, 2, 1, 1, 1)
    x[:SPIKES] = 1
    stream = model.stream()
    streamed = [stream.step({"x": step})["y"] for step in x][-1]
    within = model(x, lengths=torch.tensor([STEPS, STEPS - 100]))[:1]
    for found in (model(x), streamed, within):
        torch.testing.assert_close(found.flatten(), wanted.expand(found.numel()), rtol=0, atol=0)
