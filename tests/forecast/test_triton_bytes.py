"""Bytes that kernels of GPUs move, counted on tensors without memory, against counts by hand."""

import pytest
import torch

from spikegraph.backends.torch.forecast.counting import Counting
from spikegraph.backends.torch.forecast.step import count_step
from spikegraph.backends.torch.modules.neuron_sequences import normed_neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.native.norms import Addend, NormOf
from spikegraph.backends.torch.operators import imitated
from spikegraph.backends.torch.triton.library import assumed
from spikegraph.ir.neuron import Neuron
from spikegraph.program.program import Program

NETWORK = """sdhs 1
network small {
  input image : real[1, 28, 28]
  time = 4
  a = image -> conv(3, out = 8) -> norm -> mine
  b = a -> conv(3, out = 8) -> norm -> mine
  output logits = b -> pool -> linear(10) -> mean(time)
}
neuron mine { MODEL }
dataset fashion_mnist_small { }
retrain small on fashion_mnist_small { epochs = 1  batch = 8  loss = cross_entropy(logits)  weights = sgd(lr = 0.1) }
"""


CUBA = Neuron.model_validate({"model": "cuba", "constants": [{"name": "current_decay", "value": 0.5}]})


def norm_of(channels):
    weight, bias = torch.ones(channels, requires_grad=True), torch.zeros(channels, requires_grad=True)
    return NormOf(weight, bias, torch.zeros(channels), torch.ones(channels), 1e-5, 0.1)


def counted(neuron, terms, shape, *, dtype=torch.bfloat16, normed=True, training=True):
    """What is counted forward and backward for neurons [T, N, C, H, W] with so many terms."""
    with torch.device("meta"), assumed():
        norms = [norm_of(shape[2]) if normed else None for _ in range(terms)]
        values = [torch.empty(shape, dtype=dtype, requires_grad=True) for _ in range(terms)]
        upstream = torch.empty(shape, dtype=dtype)
        counting = Counting(())
        with imitated(counting.compiled), counting:
            addends = [Addend(x, n) for x, n in zip(values, norms, strict=True)]
            made = normed_neurons(resolved(neuron), [addends], None, None, (), training=training)
            assert made is not None
            torch.autograd.grad(made[0], values, upstream)
    return counting


@pytest.mark.parametrize(
    ("terms", "normed", "training", "each"),
    [(1, True, True, 16), (2, True, True, 26), (1, True, False, 10), (2, True, False, 16)],
)
def test_bytes_of_norms_and_neurons_in_bfloat16(terms, normed, training, each):
    """By hand, for each neuron and step: statistics 2 k, forward 2 k + 2, backward 2 + 2 k, once more with statistics, and 2 k.

    Besides, the pass forward writes the last state, 4 bytes for each neuron.
    """
    steps, rest = 4, (16, 32, 28, 28)
    neurons = 16 * 32 * 28 * 28
    found = counted(Neuron.model_validate({}), terms, (steps, *rest), normed=normed, training=training)
    assert found.by_kernels == pytest.approx(each * steps * neurons + 4 * neurons, rel=2e-3)  # and the programs' sums


def test_bytes_of_sequences_that_go_back_in_segments():
    """Of 200 steps with two states each segment starts from saved states, which are written forward and read going back."""
    steps, neurons = 200, 4 * 8 * 64
    found = counted(CUBA, 1, (steps, 4, 8, 64), dtype=torch.float32, normed=False)
    # Without norms: forward 2 and backward 3 numbers for each neuron and step.
    least = 5 * 4 * steps * neurons
    assert least < found.by_kernels < 1.5 * least


def step(model, kernels):
    built = Program.of_text(NETWORK.replace("MODEL", model), "small").build("retrain")
    return count_step(built.graph, built.run, 4, kernels=kernels)


def test_a_network_whose_neurons_have_kernels_moves_less():
    ours, torchs = step("", "triton"), step("", "others")
    neurons = 2 * 8 * 4 * 8 * 28 * 28
    assert ours.by_kernels > 0 == torchs.by_kernels
    assert ours.moved + ours.by_kernels < torchs.moved - 20 * neurons
    assert ours.saved < torchs.saved


def test_a_neuron_without_kernel_has_operations_of_torch():
    """All time steps at once aren't a step that a kernel could be made of."""
    assert step("model = psn  steps = 4", "triton") == step("model = psn  steps = 4", "others")
