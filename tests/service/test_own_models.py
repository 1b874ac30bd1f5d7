"""Answers about neurons whose models the spec declares, or that aren't `lif`."""

import pytest

from .texts import opened, place

TEXT = """\
sdhs 1
model lif(current) {
  number decay     = 0.75 in [0, 1]
  number threshold = 2 in (0, 10]
  number gain      = 3 in (0, inf)
  state v = 0
  u = decay * v[t-1] + gain * current
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}
neuron a {
  model = lif(gain = 4)
  decay = 0.5
}
neuron b { threshold = 1 }
neuron z {
  model = izhikevich
  threshold = 20
}
network net {
  input image : real[3, 8, 8]
  time = 2
  s = image -> conv(3, out = 4) -> a(gain = 5) -> conv(3, out = 4) -> z
  output logits = s -> pool -> linear(10) -> mean(time)
}
"""
EQUATION = "u = decay * v[t-1] + gain * current"


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    return opened(tmp_path, TEXT, checked=False)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("neuron a|", EQUATION),
        ("neuron b|", EQUATION),  # without a model of its own
        ("decay| = 0.5", "; by default `0.75`"),
        ("threshold| = 20", "; by default `30.0`"),  # of the library's text
        ("gain| = 4", "above 0"),
        ("gain| = 5", "; by default `3.0`"),
    ],
)
def test_hovering_tells_of_the_model(spec, at, text):
    service, path = spec
    assert text in service.hover(path, place(TEXT, at)).text


def completed(service, path, text, at):
    service.open(path, text)
    return {each.name: (each.sort, each.detail, each.doc) for each in service.completion(path, place(text, at))}


def test_completion_and_signatures_know_the_model(spec):
    service, path = spec
    found = completed(service, path, TEXT, "model = |lif")
    assert found["lif"][0] == "model" and EQUATION in found["lif"][2]
    assert {"alif", "izhikevich"} <= found.keys()
    assert "gain" in completed(service, path, TEXT.replace("gain = 4", ""), "model = lif(|)")
    assert {"gain", "decay", "threshold"} <= completed(service, path, TEXT.replace("gain = 5", ""), "a(|)").keys()
    keys = completed(service, path, TEXT.replace("  threshold = 20\n", "  \n"), "  |\n}\nnetwork")
    assert "by default `30.0`" in keys["threshold"][2] and "decay" not in keys
    service.open(path, TEXT)
    signature = service.signature(path, place(TEXT, "gain = |4"))
    assert (signature.text, signature.active) == ("lif(gain = 3.0)", 0)
    assert "gain" in dict(service.signature(path, place(TEXT, "gain = |5")).parameters)
