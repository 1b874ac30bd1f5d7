"""A late reset decays the state that it sets, and no other; by a loop of their own."""

import numpy as np
import pytest
import torch

import spikegraph

SPEC = """
sdhs 1

model two(I) {{
  number decay     = 0.5 in [0, 1]
  number slow      = {slow} in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  state s = 0
  s = leak(s[t-1], slow) + I
  u = leak(v[t-1], decay) + s
  y = fire(u, threshold)
  {lines}
  emit y else u
}}

neuron n {{
  model = two
  reset = late
}}

network net {{
  input x : real[3]
  output y = x -> n
}}
"""


@pytest.mark.parametrize("slow", [0.25, 0.5])
@pytest.mark.parametrize("lines", ["v = reset(u, y)", "left = reset(u, y)\n  v = max(left, -5)"])
def test_a_current_that_leaks_too(slow, lines, tmp_path):
    found = output(SPEC.format(slow=slow, lines=lines), tmp_path)
    v, s, wanted = np.zeros(3), np.zeros(3), []
    for x in inputs():
        s = slow * s + x
        u = v + s
        wanted.append(1.0 * (u > 1))
        v = 0.5 * u - wanted[-1]
    np.testing.assert_array_equal(found, np.stack(wanted))


def test_one_reset_of_two_decays_is_soft(tmp_path):
    text = SPEC.format(slow=0.25, lines="left = reset(u, y)\n  v = left").replace("s = leak(s[t-1], slow) + I", "")
    text = text.replace("state s = 0", "state s = 0\n  d = leak(s[t-1], slow) + I").replace("+ s\n", "+ d\n")
    found = output(text.replace("v = left", "v = left\n  s = left / 2"), tmp_path)
    v, s, wanted = np.zeros(3), np.zeros(3), []
    for x in inputs():
        u = 0.5 * v + 0.25 * s + x
        wanted.append(1.0 * (u > 1))
        v = u - wanted[-1]
        s = v / 2
    np.testing.assert_array_equal(found, np.stack(wanted))


def test_one_reset_of_a_state_without_a_decay_too_is_soft(tmp_path):
    text = SPEC.format(slow=0.25, lines="left = reset(u, y)\n  v = left\n  s = left / 8").replace("+ s\n", "+ s[t-1] + I\n")
    text = text.replace("s = leak(s[t-1], slow) + I", "").replace("  number slow      = 0.25 in [0, 1]\n", "")
    found = output(text, tmp_path)
    v, s, wanted = np.zeros(3), np.zeros(3), []
    for x in inputs():
        u = 0.5 * v + s + x
        wanted.append(1.0 * (u > 1))
        v = u - wanted[-1]
        s = v / 8
    np.testing.assert_array_equal(found, np.stack(wanted))


def inputs():
    return np.random.default_rng(0).uniform(0, 1, (20, 3))


def output(text, folder):
    (folder / "net.sdhs").write_text(text, encoding="utf-8")
    model = spikegraph.compile(spikegraph.load(folder / "net.sdhs")).double()
    reference = spikegraph.reference(model.graph, {})
    x = inputs()[:, None]
    found = model(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_array_equal(reference({"x": x})["y"], found)
    assert 0.1 < found.mean() < 0.9
    return found[:, 0]
