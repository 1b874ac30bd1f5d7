"""What training changes in neurons that never fire: the threshold only where the potential depends on it."""

from pathlib import Path

import pytest
import torch

import spikegraph

SPEC = """sdhs 1
model scaled(I) {{
  number threshold = 2 in (0, inf) learned
  state v = 0
  state s = 0
  u = {potential}
  y = fire(u, threshold + s[t-1])
  s = 0.5 * y
  v = u - threshold * y - threshold * s[t-1]
  emit y else u
}}
neuron n {{
  model = scaled
  fires = false
}}
network net {{
  input x : real[3]
  output y = x -> n
}}
"""


@pytest.mark.parametrize(
    ("potential", "learned"), [("0.5 * v[t-1] + threshold * I", ["y.threshold"]), ("0.5 * v[t-1] + I", [])]
)
def test_a_threshold(potential: str, learned: list[str], tmp_path: Path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(potential=potential))
    model = spikegraph.compile(path)
    assert [name for name, _ in model.named_parameters()] == learned
    x = torch.ones(2, 1, 3, requires_grad=True)
    model(x).sum().backward()
    # The parameter is the logarithm of 2: u is 2, then 3, of three neurons.
    assert [p.grad.item() for p in model.parameters()] == [pytest.approx(15)] * len(learned)
