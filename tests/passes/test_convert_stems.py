"""`convert-stems`: the text of the graph before and after, the reverse, and errors."""

import pytest

from spikegraph.base.errors import PassError
from spikegraph.ir.text import print_graph
from spikegraph.passes.convert_stems import ConvertStems

NETWORK = """
neuron binary { decay = 0  surrogate = triangle(b = 1) }
network net {
  input x : events[2, 6, 6]
  a = x -> stem(3, out = 4, stride = 2, neuron = lif)
  output y = a -> stem(1, out = 2, neuron = lif)
}
"""

RUNS = """
neuron binary { decay = 0  surrogate = triangle(b = 1) }
neuron third { decay = 0.75 }
network net {
  input image : real[1, 28, 28]
  time = 2
  a = image -> stem(3, out = 4, stride = 2)
  b = a -> stem(1, out = 2, neuron = third(threshold = 1))
  c = b -> choose(skip = identity, c1 = conv(1, out = 2))
  output logits = c -> pool -> linear(10) -> mean(time)
}
genotype net { c = skip }
dataset mnist {}
search net on mnist {
  epochs = 1  batch = 1  weights = sgd(lr = 0.1)  architecture = sgd(lr = 0.1)  loss = cross_entropy(logits)
}
retrain net on mnist {
  epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(logits)  stems = binary
}
"""


def stems(graph):
    """Membrane decay and threshold of each stem, or `relu`."""
    ops = [n.op for n in graph if n.op.name == "stem"]
    return ["relu" if op.relu else (op.neuron.decay, op.neuron.threshold) for op in ops]  # type: ignore[attr-defined]


def test_to_relu(small, golden):
    made = small(NETWORK)
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("convert-stems{to=relu}")), ".after.txt")


def test_there_and_back_is_nothing(small):
    space = small(NETWORK).space
    there = ConvertStems(to="relu").apply(space)
    assert [str(there.node(n).value) for n in ("a", "y")] == ["real[4, 3, 3]", "real[2, 3, 3]"]
    assert ConvertStems(to="lif").apply(there) == space
    assert ConvertStems(to="lif").apply(space) == space


def test_a_run_sets_the_neuron_of_stems_that_name_none(small):
    made = small(RUNS)
    assert [code for code, *_ in made.complaints() if code != "SG0325"] == []
    assert stems(made.build("retrain").outline) == [(0, 0.5), (0.75, 1)]
    assert stems(made.build("deploy").outline) == [(0, 0.5), (0.75, 1)]
    fired = [n.op.neuron.decay for n in made.build("retrain").plain if n.op.name == "lif"]  # type: ignore[attr-defined]
    assert fired == [0, 0.75]


def test_relu_is_for_all_stems(small):
    assert stems(small(RUNS).build("search").outline) == ["relu", "relu"]
    assert stems(small(RUNS.replace("stems = binary", "stems = relu")).build("retrain").outline) == ["relu", "relu"]


def test_a_search_can_set_it_too(small):
    made = small(RUNS.replace("cross_entropy(logits)\n}\nretrain", "cross_entropy(logits)  stems = third\n}\nretrain"))
    assert stems(made.build("search").outline) == [(0.75, 0.5), (0.75, 1)]
    assert stems(made.build("retrain").outline) == [(0, 0.5), (0.75, 1)]


def test_without_a_run_a_stem_has_the_first_neuron(small):
    made = small(RUNS[: RUNS.index("dataset")])
    assert [code for code, *_ in made.complaints() if code != "SG0325"] == []
    assert stems(made.build("deploy").outline) == [(0.2, 0.5), (0.75, 1)]


def test_a_stem_that_names_its_neuron_keeps_it(small):
    assert stems(small(NETWORK).after("convert-stems{to=binary}")) == [(0.2, 0.5), (0.2, 0.5)]


@pytest.mark.parametrize(("to", "help"), [("lfi", "did you mean `lif`?"), ("tanh", "write `relu`, `lif` or `binary`")])
def test_what_there_is_not(small, to, help):
    with pytest.raises(PassError) as told:
        small(NETWORK).after(f"convert-stems{{to={to}}}")
    assert (told.value.code, told.value.summary) == ("SG0602", f"stems can't be converted to `{to}`")
    assert told.value.help == help
