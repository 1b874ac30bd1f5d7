"""Conditions that a neuron's numbers decide, before anything is computed."""

import numpy as np
import pytest
import torch

import spikegraph

SPEC = """
sdhs 1

model chosen(I) {{
  number threshold = 0.5 in (0, inf)
  number k         = 2 in (-inf, inf)
  state v = 0
  state r = 0
  u = {u}
  y = fire(u, threshold)
  v = reset(u, y)
  r = where(y > 0.5, 2, max(r[t-1] - 1, 0))
  emit y else u
}}

neuron n {{
  model = chosen
  {keys}
}}

network net {{
  input x : real[3]
  output y = x -> n
}}
"""


@pytest.mark.parametrize(
    ("u", "plain"),
    [
        ("where(k > 1, v[t-1] + I, 2 * I)", "v[t-1] + I"),
        ("where(k >= 2 and not (k < 2) and k <= 2, v[t-1], 3) + I", "v[t-1] + I"),
        ("v[t-1] + where(k > 5 or k < 0, 7, I)", "v[t-1] + I"),
        ("v[t-1] + where(I > 0.5 and k > 1, 0, I)", "v[t-1] + where(I > 0.5, 0, I)"),
        ("v[t-1] + where(I > 0.5 or k < 1 or r[t-1] > 0, 0, I)", "v[t-1] + where(I > 0.5 or r[t-1] > 0, 0, I)"),
        ("v[t-1] + where(I > 0.5 or k > 1, 0.25, I)", "v[t-1] + 0.25 + 0 * I"),
        ("v[t-1] + where(I > 0.5, where(k > 1, 0, 1), I)", "v[t-1] + where(I > 0.5, 0, I)"),
        ("v[t-1] + sigmoid(-1000 * k) + I", "v[t-1] + I"),
    ],
)
@pytest.mark.parametrize("keys", ["reset = soft", "fires = false"])
def test_a_condition_of_constants(u, plain, keys, tmp_path):
    if "r[t-1]" not in u:
        u, plain = u + " + 0 * r[t-1]", plain + " + 0 * r[t-1]"
    found = output(SPEC.format(u=u, keys=keys), tmp_path)
    np.testing.assert_array_equal(found, output(SPEC.format(u=plain + " + 0 * k", keys=keys), tmp_path))
    assert np.ptp(found) > 0.4


def output(text, folder):
    (folder / "net.sdhs").write_text(text, encoding="utf-8")
    model = spikegraph.compile(spikegraph.load(folder / "net.sdhs")).double()
    x = np.random.default_rng(0).uniform(0, 1, (8, 1, 3))
    found = model(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_array_equal(spikegraph.reference(model.graph, {})({"x": x})["y"], found)
    return found
