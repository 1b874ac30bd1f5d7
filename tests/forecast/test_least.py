"""The least bytes of norms and neurons, by hand."""

import pytest

from spikegraph.backends.torch.forecast.least import least_numbers, neuron_bytes, update_bytes
from spikegraph.program.program import Program

NETWORK = """sdhs 1
network small {
  input image : real[3, 8, 8]
  input second : events[2, 8, 8]
  time = 4
  a = second -> conv(3, out = 16) -> norm -> lif
  b = add(a -> conv(3, out = 16) -> norm, image -> conv(1, out = 16) -> norm, a) -> lif
  output logits = b -> pool -> linear(10) -> mean(time)
}
neuron lif { }
"""


def least_bytes(count, normed, *, training=True, batch=True):
    return 2 * least_numbers([(1.0, normed)] * count, training=training, batch=batch)


@pytest.mark.parametrize(("count", "batch", "running", "without"), [(1, 16, 10, 10), (2, 26, 16, 14), (3, 36, 22, 18)])
def test_bytes_for_each_neuron_and_step_in_bfloat16(count, batch, running, without):
    """k terms y, each 2 bytes. Batch: statistics 2 k; forward 2 k + 2; backward 2 + 2 k for sums, 2 + 2 k + 2 k for gradients.

    With running statistics without the first and the third. Without norms all terms have the same gradient.
    """
    assert least_bytes(count, True) == 2 * count + (2 * count + 2) + (2 + 2 * count) + (2 + 4 * count) == batch
    assert least_bytes(count, True, batch=False) == (2 * count + 2) + (2 + 4 * count) == running
    assert least_bytes(count, False) == (2 * count + 2) + (2 + 2 * count + 2) == without
    assert least_bytes(count, True, training=False) == 2 * count + 2


def test_bytes_of_a_network():
    graph = Program.of_text(NETWORK, "small").build("retrain").graph
    places = 16 * 8 * 8 * 5
    # In numbers of all 4 steps. The current of a is the same at all: 1 read, 4 written; backward 4 + 1 read, 1 written.
    first = 1 + 4 + (4 + 1) + 1
    # b has a normed term, one of an image, and spikes: statistics; forward; backward read twice; two gradients of all steps.
    terms = 4 + 1 + 4
    second = 4 + (terms + 4) + 2 * (4 + terms) + (4 + 4)
    assert neuron_bytes(graph, 5, 4) == 4 * places * (first + second)
    assert neuron_bytes(graph, 5, 4, number=2) == 2 * places * (first + second)
    assert neuron_bytes(graph, 5, 4, training=False) == 4 * places * (1 + 4 + terms + 4)


def test_bytes_of_an_update():
    """By hand: SGD with momentum reads weights, gradients and momenta, and writes weights and momenta."""
    assert update_bytes(100, 100) == 3 * 100 + 2 * 100
