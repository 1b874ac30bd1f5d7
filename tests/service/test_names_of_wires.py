"""Names that a network's wires share with other things, and those that it has by `like`."""

import pytest

from .texts import opened, place

WIRES = """\
sdhs 1
neuron lif2 { }
neuron slow { }
candidates ops { c3 = conv(3) -> norm }
cell a { nodes = 1  candidates = ops  neuron = none }
network base {
  input image : real[1, 28, 28]
  time = 2
  neuron = slow
  param p = slow
  lif2 = image -> conv(3, out = 4) -> p
  a = lif2 -> chain(cells = [a, a], width = 4)
  b = chain(a, [a, a], width = 4)
  slow = b -> lif2
  output y = slow -> pool -> linear(10) -> mean(time)
}
network net like base {
  neuron = lif2
  param act = lif2
  c = a -> act
}
retrain net on d { epochs = 1  batch = 1  weights = sgd(lr = 1)  loss = cross_entropy(y)  freeze = [lif2] }
genotype a { n0 = c3(prev2) + c3(prev) }
dataset d { source = fashion_mnist_small }
profile p {
  retrain.freeze = [lif2, slow]
  retrain.weights = adam(lr = 0.1)
}
"""


@pytest.mark.parametrize(
    ("at", "lines"),
    [
        ("  lif|2 =", [11, 12, 22, 26]),
        ("neuron lif|2 {", [2, 14, 18, 19]),
        ("neuron slo|w {", [3, 9, 10]),
        ("  slo|w = b", [14, 15, 26]),
        ("cell a|", [5, 12, 12, 13, 13, 23]),
        ("  a| =", [12, 13, 20]),
    ],
)
def test_what_a_param_a_key_and_a_chain_take_is_no_wire(tmp_path, at, lines):
    service, path = opened(tmp_path, WIRES)
    assert service.checked[path].diagnostics == ()
    assert [span.line for span in service.references(path, place(WIRES, at))] == lines


LIKE = """\
sdhs 1
network base {
  param W = 4
  input x : real[2]
  time = 2
  block layer(i) { return i -> linear(W) }
  a = x -> layer
  output y = a -> mean(time)
}
network net like base {
  param classes = 10
  b = a -> linear(classes)
  output z = b -> mean(time)
}
"""


@pytest.mark.parametrize(
    ("at", "new", "line"),
    [
        ("param cl|asses", "W", "3:9"),
        ("  b| =", "a", "7:3"),
        ("  a| =", "b", "12:3"),
        ("param W|", "z", "13:10"),
        ("block lay|er", "b", "12:3"),
    ],
)
def test_a_name_by_like_is_taken(tmp_path, at, new, line):
    service, path = opened(tmp_path, LIKE, checked=False)
    assert service.rename(path, place(LIKE, at), new).refused == f"`{new}` is already declared at {path}:{line}"
    assert service.rename(path, place(LIKE, at), "other").edits


def test_wires_params_inputs_and_blocks_by_like_are_offered(tmp_path):
    text = LIKE.replace("b = a -> linear(classes)", "x = ")  # which takes the place of the input
    service, path = opened(tmp_path, text, checked=False)
    found = service.completion(path, place(text, "x = |"))
    assert [(each.name, each.sort) for each in found if each.sort not in ("operation", "keyword")] == [
        ("W", "param"),
        ("a", "wire"),
        ("classes", "param"),
        ("layer", "block"),
        ("y", "wire"),
        ("z", "wire"),
    ]
