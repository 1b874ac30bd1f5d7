"""Spikes that a model computes with are one at a time, whatever the neuron's `levels`: by docs/language.md."""

from pathlib import Path

import pytest
import torch

import spikegraph

SPEC = """sdhs 1
model squared(I) {{
  number threshold = 0.5 in (0, inf)
  option kind = squares of squares | spikes
  u = 2 * I
  s = fire(u, threshold)
  y = case kind {{ squares: s * s  spikes: s }}
  emit y else u
}}
neuron n {{
  model  = squared(kind = {kind})
  levels = 4
}}
network net {{
  input x : real[5]
  output y = x -> n
}}
"""


@pytest.mark.parametrize(("kind", "wanted"), [("squares", [0, 1, 1, 1, 1]), ("spikes", [0, 1, 2, 3, 4])])
def test_a_product_of_spikes_beside_an_option_that_counts(kind: str, wanted: list[int], tmp_path: Path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(kind=kind))
    model = spikegraph.compile(path)
    assert model.graph.node("y").value.bound == max(wanted)
    assert model(torch.tensor([[[0.1, 0.3, 0.6, 0.9, 9.0]]])).flatten().tolist() == wanted
