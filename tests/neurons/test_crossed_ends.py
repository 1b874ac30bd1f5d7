"""`clamp` whose low end is above the high one is the high one: the smaller of `high` and the larger of x and `low`."""

from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.modules import generated_neurons

SPEC = """sdhs 1
model limited(I) {
  number low = 0 in [-5, 5]
  number high = 1 in [-5, 5]
  state v = 0
  u = clamp(0.5 * v[t-1] + I, low, high)
  v = u
  emit u
}
neuron n { model = limited(low = 0.75, high = 0.5) }
network net {
  input x : real[2, 2, 4]
  output y = x -> n
}
"""


@pytest.mark.parametrize("compiled", [False, True])
def test_the_high_end_counts(compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0 if compiled else 1 << 60)
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    x = torch.linspace(-1, 2, 3 * 2 * 16).reshape(3, 2, 2, 2, 4).requires_grad_()
    found = spikegraph.compile(path).eval()(x)
    assert torch.equal(found, torch.full_like(found, 0.5))
    found.sum().backward()
    assert torch.equal(x.grad, torch.zeros_like(x))
