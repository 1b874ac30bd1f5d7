"""The quantised ANN of neurons with several levels: its activations tell as many numbers as there are counts of spikes."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.quantised import Beside, bits, quantised
from spikegraph.analysis.statistics import Statistics
from spikegraph.ir.text import VERSION
from spikegraph.ir.text_parser import parse_graph
from spikegraph.program.program import Program

STEPS, LEVELS = 2, 3

NETWORK = f"""sdhs 1
neuron lif {{ levels = {LEVELS} }}
network net {{
  input x : spike[8]
  a = x -> linear(5, bias = false) -> lif
  output p = a -> linear(4, bias = false) -> lif
}}
"""


def network() -> Statistics:
    """A quarter of the inputs spike, neurons in the middle have 1.2 spikes at a time step."""
    built = Program.of_text(NETWORK, "n.sdhs").build("retrain")
    rates = {"x": 0.25, "a": 1.2, "p": 0.5}
    return Statistics.of(built.outline, built.plain, rates, ENERGY_MODELS["yan2026"], time=STEPS)


def test_bits() -> None:
    """ceil(log2(n T + 1)): 2 steps with 3 levels give the counts 0 to 6."""
    assert [bits(2, 3), bits(1, 4), bits(4, 4), bits(4)] == [3, 3, 5, 3]
    found = Beside.of(network(), ENERGY_MODELS["yan2026"])
    assert "as an ANN of 3 bits" in str(found)


def test_bits_of_spikes_with_signs() -> None:
    """ceil(log2(2 T + 1)): 2 steps of -1, 0 or 1 give the 5 counts from -2 to 2."""
    text = NETWORK.replace(f"levels = {LEVELS}", "model = ternary")
    built = Program.of_text(text, "n.sdhs").build("retrain")
    found = [Statistics.of(built.outline, built.plain, time=steps) for steps in (1, 2, 3, 4)]
    assert [bits(each.steps, each.numbers) for each in found] == [2, 3, 3, 4]
    assert "as an ANN of 3 bits" in str(Beside.of(found[1], ENERGY_MODELS["simple"]))


def test_the_share_of_activations_that_are_not_0() -> None:
    """If all numbers above 0 are as likely, their mean is (m + 1) / 2: m is 2 for the inputs and 6 behind the neurons."""
    inputs, hidden = 0.25 * STEPS / 1.5, 1.2 * STEPS / 3.5
    moved = (8 * 5 + 5 * 4) * (3 * 0.25 + 4 * 0.039)
    expected = moved + (40 * inputs + 20 * hidden) * 0.109 + 2 * 9 * 0.05448
    ann = quantised(network())
    assert ann is not None
    assert ann.inference_millijoules * 1e9 == pytest.approx(expected)


PLACE = "@ n.sdhs:1:1-1:2"


def test_the_share_is_that_of_the_side_whose_spikes_drive_the_products() -> None:
    """A gate for each of 4 channels is 1 at a quarter of 4 steps; 36 numbers are multiplied by it, 40 % of them not by 0."""
    graph = parse_graph(
        f"""{VERSION}
graph n at lowered for 4 steps
x = input() {{kind=real, channels=4, size=[3, 3]}} : real[4, 3, 3] {PLACE}
g = input() {{kind=real, channels=4, size=[]}} : real[4] {PLACE}
gate = lif(g) {{neuron={{decay=0.5, threshold=0.5, surrogate={{name=dspike, b=3.0}}}}}} : spike[4] {PLACE}
y = mul(x, gate) : real[4, 3, 3] {PLACE}
output p = y
"""
    )
    ann = quantised(Statistics.of(graph, graph, {"gate": 0.25}, ENERGY_MODELS["yan2026"]))
    assert ann is not None
    assert ann.inference_millijoules * 1e9 == pytest.approx(36 * (3 * 0.25 + 0.4 * 0.109) + 2 * 4 * 0.05448)
