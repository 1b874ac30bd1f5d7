"""Terms of constants and learned numbers alone, where values of each neuron are needed."""

from runpy import run_path

import pytest
import torch

import spikegraph

SPEC = """sdhs 1
model m(I) {{
{lines}
}}
neuron n {{
  model = m
{keys}
}}
network net {{
  input x : real[4, 2]
  output y = x -> n
}}
"""
X = torch.randn(4, 3, 4, 2, generator=torch.Generator().manual_seed(0))
K = torch.tensor([0.5, 1.0, 2.0, 4.0])
"""The number of each channel, or of each step."""


def compiled(folder, lines, keys=""):
    path = folder / "net.sdhs"
    path.write_text(SPEC.format(lines=lines, keys=keys))
    model = spikegraph.compile(path)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("k"):
                parameter.copy_(K.log() if parameter.numel() > 1 else torch.tensor(2.0).log())
    return model


def referred(model, path):
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    found = spikegraph.reference(spikegraph.load(path), weights)({"x": X.numpy()})
    return torch.tensor(next(iter(found.values())), dtype=torch.float32)


FIRE = """  number mode = 0 in [0, 1]
  number threshold = 0.2 in (0, inf) {learned}
  state v = 0
  c = where(mode > 0.5, I, 0.3)
  y = fire(c, threshold)
  v = 0.5 * v[t-1] + I - y
  emit y else c"""


@pytest.mark.parametrize("learned", ["", "learned", "learned per channel"])
@pytest.mark.parametrize(("keys", "value"), [("", 1.0), ("levels = 3", 1.0), ("fires = false", 0.3)])
def test_a_constant_potential_fires(tmp_path, learned, keys, value):
    """0.3 is above the threshold 0.2, and below twice as much."""
    found = compiled(tmp_path, FIRE.format(learned=learned), keys).eval()(X)
    assert torch.equal(found, torch.full_like(X, value))


SUM = """  over time
  number mode = 0 in [0, 1]
{number}  weights w[time, time] = 0.5
  u = I * sum(s in time, w[t, s] * where(mode > 0.5, I[s], {term}))
  y = fire(u, 0.1)
  emit y else u"""


@pytest.mark.parametrize(("per", "factor"), [(None, 2.0), ("layer", 4.0), ("channel", 2 * K[:, None]), ("step", 0.5 * K.sum())])
def test_a_sum_over_time_of_what_is_the_same_at_each_neuron(tmp_path, per, factor):
    """All 4 steps have the weight 0.5, so that a sum is twice what is the same at each step."""
    number = f"  number k = 2 in (0, inf) learned per {per}\n" if per else ""
    term = {None: "1", "step": "k[s]"}.get(per, "k")
    model = compiled(tmp_path, SUM.format(number=number, term=term), "  steps = 4\n  fires = false")
    found = model.eval()(X)
    assert torch.allclose(found, X * factor, rtol=1e-6)
    assert torch.allclose(referred(model, tmp_path / "net.sdhs"), X * factor, rtol=1e-6)


RESULT = """  number k = 2 in (0, inf) learned per channel
  state v = 0
  u = k * 2
  v = v[t-1] + I
  emit u"""

STATE = """  number k = 2 in (0, inf) learned per channel
  state g = 0
  u = I * g[t-1]
  g = k * 2
  emit u"""


@pytest.mark.parametrize("lines", [RESULT, STATE])
def test_results_and_states_of_numbers_alone_are_of_each_neuron(tmp_path, lines):
    """In a network and step by step, where a state [C, 1] was no state of [N, C, W]."""
    model = compiled(tmp_path, lines).eval()
    wanted = (2 * K[:, None]).expand_as(X).clone()
    if lines == STATE:
        wanted = torch.cat([0 * X[:1], (X * wanted)[1:]])
    found, stream = model(X), model.stream()
    assert torch.allclose(found, wanted, rtol=1e-6)
    assert torch.equal(torch.stack([stream.step({"x": x})["y"] for x in X]), found)


def test_they_are_exported_for_any_number_of_samples(tmp_path):
    model = compiled(tmp_path, STATE).eval()
    spikegraph.export(model, tmp_path / "net.pt2", to="torch")
    program, g = torch.export.load(tmp_path / "net.pt2").module(), torch.zeros(3, 4, 2)
    for x, y in zip(X, model(X), strict=True):
        found, g = program(x, g)
        assert torch.equal(found, y)


PAST = """  number k = 2 in (0, inf) learned per channel
  state g = 0
  g = k * 2 + 0 * I
  u = g[t-1] * 0.5
  emit u"""

CONSTANT = """  number p = 2 in (0, inf)
  u = p * 2 + 0 * I
  y = fire(u, 3)
  emit y else u"""


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (RESULT, (2 * K[:, None]).expand_as(X)),
        (PAST, torch.cat([0 * X[:1], K[:, None].expand_as(X[1:])])),
        (CONSTANT, torch.ones_like(X)),
    ],
)
def test_they_are_exported_to_python(tmp_path, lines, wanted):
    spikegraph.export(compiled(tmp_path, lines).eval(), tmp_path / "net.py", to="python")
    network = run_path(str(tmp_path / "net.py"))["load"]()
    assert torch.allclose(network(X), wanted, rtol=1e-6)
