"""Hard resets of spikes with a sign: where both of their neurons fire, the difference is 0, and nothing is reset."""

from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.backends.torch.modules import generated_neurons

SPEC = """sdhs 1
model band(I) {
  number decay = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  u = leak(v[t-1], decay) + I
  w = u + 0.25
  y = fire(u, threshold) - fire(w, threshold)
  v = reset(u, y)
  emit y else u
}
neuron n { model = band }
network net {
  input x : real[2, 2, 4]
  output y = x -> n
}
"""
CURRENTS = [1.5, 0.125, 0.0, 0.875]
"""The potentials are 1.5, where both fire; 0.875, which resets; 0; and 0.875 again."""
WANTED = [0, -1, 0, -1]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_spike_of_both_signs_resets_nothing(compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0 if compiled else 1 << 60)
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    x = torch.tensor(CURRENTS).reshape(-1, 1, 1, 1, 1).expand(-1, 2, 2, 2, 4).contiguous()
    found = spikegraph.compile(path).eval()(x)
    wanted = np.broadcast_to(np.reshape(WANTED, (-1, 1, 1, 1, 1)), found.shape)
    np.testing.assert_array_equal(found.detach().numpy(), wanted)
    reference = spikegraph.reference(spikegraph.load(path), {})({"x": x.numpy()})
    np.testing.assert_array_equal(reference["y"], wanted)
