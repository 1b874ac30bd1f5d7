"""Loops through time as modules: shared weights, neurons with numbers of channels, and several uses of one module."""

import pytest
import torch

from spikegraph.backends.torch.exporting.python_module import Written, written_of
from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

NEURONS = """
neuron lif { decay = 0.5  threshold = 0.2 }
neuron plif { decay = learn(0.6, per = channel)  threshold = 0.2 }
"""
NETWORKS = {
    "two uses of a block with a loop": """
block back(x) {
  weights = shared
  r = previous(y) -> conv(3, out = 2)
  y = add(x, r) -> conv(3, out = 2) -> norm -> lif
  return y
}
network net { input x : real[2, 8, 8]  time = 3  output y = x -> back -> back }
""",
    "two uses of neurons in one loop": """
block fire(x) {
  weights = shared
  return x -> plif
}
network net {
  input x : real[2, 8, 8]
  a = previous(b) -> conv(3, out = 2) -> fire
  b = add(x, a) -> fire
  output y = b -> conv(1, out = 2)
}
""",
    "inputs and wires with words of Python": """
network net {
  input from   : real[2, 8, 8]
  input from_  : real[2, 8, 8]
  input from_2 : real[2, 8, 8]
  if  = from -> conv(3, out = 2)
  if_ = from_ -> conv(3, out = 2)
  output list    = sub(if, if_) -> lif
  output return_ = sub(from, from_2) -> lif
}
""",
    "numbers of channels in a loop": """
neuron bin { decay = 0  threshold = learn(0.3, per = channel) }
network net {
  input x : real[8, 8, 8]
  a = x -> bin
  b = add(a, previous(b) -> conv(3, out = 8)) -> bin
  c = b -> flatten -> bin
  output y = c -> linear(2)
}
""",
    "a block with uses in a loop and outside of it": """
block fire(x) {
  weights = shared
  return x -> conv(3, out = 2) -> norm -> plif
}
network net {
  input x : real[2, 8, 8]
  a = x -> fire
  b = add(a, previous(b) -> fire) -> lif
  output y = add(a, b) -> conv(1, out = 2)
}
""",
}


def written(text: str) -> Written:
    program = Program.of_text(f"sdhs 1\n{NEURONS}{text}", "net.sdhs").checked()
    built = program.build("retrain")
    torch.manual_seed(0)
    model = lower(built.graph, plain=built.plain).eval()
    with torch.no_grad():
        for x in model.parameters():
            x.mul_(2) if x.dim() > 1 else x.add_(0.3 * torch.randn_like(x))
    return written_of(program, model, "retrain")


OF_STEPS = {
    "norms": "output y = x -> conv(3, out = 2) -> norm(per = step, steps = 2) -> lif",
    "neurons": "output y = x -> conv(3, out = 2) -> whole",
}


@pytest.mark.unchecked
@pytest.mark.parametrize("line", OF_STEPS.values(), ids=OF_STEPS)
def test_networks_with_weights_of_two_steps(line: str) -> None:
    """They are compared on two, and two are those of the module's example, which it takes."""
    found = written(f"neuron whole {{ model = psn  steps = 2 }}\nnetwork net {{ input x : real[2, 4, 4]  {line} }}\n")
    assert found.compared() == ()
    assert "    return load(), torch.rand(2, 2, 2, 4, 4)\n" in found.module.text


@pytest.mark.unchecked
@pytest.mark.parametrize("name", NETWORKS)
def test_a_module_is_the_network(name: str) -> None:
    """Results, gradients and statistics of the module are those of the network, in evaluation and training."""
    assert written(NETWORKS[name]).compared() == ()
