"""Which of a network's outputs is the logits whose accuracy is measured."""

import pytest

from spikegraph.base.errors import OutputError
from spikegraph.ir.outputs import logits_node
from spikegraph.program.program import Program

NET = """sdhs 1
network net {{
  input x : real[5]
  time = 2
  output y = x -> linear(3)
  output logits = y -> {last}
}}
"""


def graph(last, phase="retrain"):
    return Program.of_text(NET.format(last=last), "net.sdhs").build(phase).graph


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_a_mean_over_no_time_steps_is_the_same_logits(phase):
    found = graph("mean(time)", phase)
    assert logits_node(found).name == found.outputs["logits"] != found.outputs["y"]


def test_two_other_logits_are_refused():
    with pytest.raises(OutputError, match="exactly one output must be logits, but 2 of `y` and `logits` are"):
        logits_node(graph("linear(3)"))
