"""A model's number may have the name that b of a surrogate is trained by: nothing depends on what numbers are called."""

import itertools

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.modules import generated_neurons

SPEC = """sdhs 1
model cooled(I) {{
  number {name} = 0.25 in (0, 1){learned}
  state v = 0
  u = 0.5 * v[t-1] + (1 - {name}) * I
  y = fire(u, 1)
  v = reset(u, y)
  emit y else u
}}
neuron cool {{ model = cooled  surrogate = arctan(b = {b}) }}
network net {{
  input x : real[2, 8, 8]
  time = 3
  output o = x -> conv(3, out = 4) -> cool -> pool -> linear(3) -> mean(time)
}}
"""
CASES = list(itertools.product(("", " learned"), ("3", "learn(3)")))


def gradients(tmp_path, name, learned, b):
    """The names of a network's parameters, and its result and their values and gradients."""
    path = tmp_path / f"{name}.sdhs"
    path.write_text(SPEC.format(name=name, learned=learned, b=b), encoding="utf-8")
    torch.manual_seed(0)
    model = spikegraph.compile(spikegraph.load(path))
    result = model(3 * torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(1)))
    result.square().sum().backward()
    found = dict(model.named_parameters())
    return [key.removeprefix("o.") for key in found], [result, *found.values(), *(p.grad for p in found.values())]


def assert_same_by_another_name(tmp_path, learned, b):
    warm, expected = gradients(tmp_path, "warmth", learned, b)
    names, found = gradients(tmp_path, "temperature", learned, b)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    other = {"cool.warmth": "cool.temperature", "cool.temperature": "cool.surrogate_temperature"}
    assert names == [other.get(name, name) for name in warm]
    assert ("cool.temperature" in warm) == b.startswith("learn")


@pytest.mark.parametrize(("learned", "b"), CASES)
def test_a_number_called_temperature(tmp_path, learned, b):
    assert_same_by_another_name(tmp_path, learned, b)


@pytest.mark.native
def test_by_generated_kernels(tmp_path, monkeypatch, quickly_compiled):
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 1)
    assert_same_by_another_name(tmp_path, " learned", "learn(3)")
