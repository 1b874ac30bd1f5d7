"""`convert-stems`: the text of the graph before and after, the reverse, and errors."""

import pytest

from spikegraph.errors import PassError
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


def test_another_neuron(small):
    graph = small(NETWORK).after("convert-stems{to=binary}")
    assert [n.op.neuron.decay for n in graph if n.op.name == "stem"] == [0, 0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("to", "help"), [("lfi", "did you mean `lif`?"), ("tanh", "write `relu`, `lif` or `binary`")])
def test_what_there_is_not(small, to, help):
    with pytest.raises(PassError) as told:
        small(NETWORK).after(f"convert-stems{{to={to}}}")
    assert (told.value.code, told.value.summary) == ("SG0602", f"stems can't be converted to `{to}`")
    assert told.value.help == help
