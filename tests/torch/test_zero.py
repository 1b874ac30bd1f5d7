"""Zeros on maps of other sizes than the spec's."""

import torch

from spikegraph.plugins import targets
from spikegraph.program.program import Program

SPEC = """
sdhs 1
neuron lif { }
network net {
  input x : real[2, 8, 8]
  time = 2
  output y = add(x -> conv(3, out = 4, stride = 2), x -> zero(out = 4, stride = 2)) -> lif
}
"""


def test_the_size_is_that_of_the_value():
    built = Program.of_text(SPEC, "net.sdhs").checked().build()
    model = targets.lower(built.graph, "torch", plain=built.plain, space=built.space)
    for size in ((8, 8), (6, 7), (1, 3)):
        (found,) = model.run({"x": torch.ones(1, 2, *size)})[0].values()
        assert found.shape[-2:] == tuple(-(-n // 2) for n in size)
