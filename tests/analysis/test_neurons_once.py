"""Neurons without a state compute once where all time steps have the same input: a network of both kinds, counted by hand."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program

TEXT = """sdhs 1
model binary(I) {
  number threshold = 1 in (0, inf)
  u = I
  y = fire(u, threshold)
  emit y else u
}
neuron bin { model = binary }
neuron lif { decay = 0.5 }
network n {
  time = 4
  input image : real[1, 4, 4]
  a = image -> conv(3, out = 8, bias = false) -> bin
  output p = a -> conv(1, out = 2, bias = false) -> lif
}
"""

# 8 x 16 neurons that compare once, of which a quarter fire; 2 x 16 whose state takes four steps, half fire at each.
ONCE, TIMED = 128, 32
FIRED, LATER = ONCE // 4, 4 * TIMED // 2
MULTIPLIED, MET = 8 * 9 * 16, 2 * FIRED


def network() -> Statistics:
    """At measured rates."""
    built = Program.of_text(TEXT, "n.sdhs").build("retrain")
    return Statistics.of(built.outline, built.plain, {"a": 0.25, "p": 0.5})


def picojoules(model: str) -> float:
    """By an energy model."""
    return network().priced(ENERGY_MODELS[model]).inference_millijoules * 1e9


def test_spikes() -> None:
    assert network().spikes == FIRED + LATER


def test_with_memory() -> None:
    """Neurons without a state compare; those with one make six additions, less one at the first step. The own sum is 16 - 1."""
    additions = MET + 16 - 1 + ONCE + TIMED * (4 * 6 - 1)
    numbers = MULTIPLIED + MET + 2 * 4 * TIMED
    assert picojoules("simple") == pytest.approx(4.6 * MULTIPLIED + 0.9 * additions + 4 * 24.96 * numbers)


def test_activations_that_move() -> None:
    """A real input has 8 bits, a weight 4; the neurons with a state leak and compare."""
    multiplied = MULTIPLIED * (8 * 0.25 + 4 * 0.039 + 0.109)
    operations = MET + ONCE + FIRED + 4 * 2 * TIMED + LATER
    assert picojoules("yan2026") == pytest.approx(
        multiplied + MET * (3.0 + 4 * 0.039) + 4 * TIMED * 16 * 0.039 + operations * 0.05448
    )
