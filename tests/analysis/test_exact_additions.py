"""Which additions are exact at measured rates without being counted: those of spikes that meet as many weights everywhere."""

import pytest

from spikegraph.analysis.statistics import Statistics
from spikegraph.ir.text import VERSION
from spikegraph.ir.text_parser import parse_graph

PLACE = "@ n.sdhs:1:1-1:2"
NEURON = "{neuron={decay=0.5, threshold=0.5, surrogate={name=dspike, b=3.0}}}"


@pytest.mark.parametrize(
    ("layer", "out", "met", "exact"),
    [
        ("linear(x) {out=20, autapses=false}", 20, 19, True),
        ("linear(x) {out=7}", 7, 7, True),
        ("delayed(x) {out=7, most=3}", 7, 28, False),  # at most: what is delayed beyond the last step meets no weight
    ],
)
def test_spikes_that_meet_as_many_weights_everywhere_are_exact(layer, out, met, exact):
    """20 inputs with a rate of 1/2, in four steps."""
    graph = parse_graph(
        f"{VERSION}\ngraph n at lowered\nx = input() {{kind=spike, channels=20, size=[]}} : spike[20] {PLACE}\n"
        f"y = {layer} : real[{out}] {PLACE}\nz = lif(y) {NEURON} : spike[{out}] {PLACE}\noutput p = z\n"
    )
    found = Statistics.of(graph, graph, {"x": 0.5, "z": 0.25}, time=4)
    assert found.synaptic_operations == pytest.approx(4 * 20 * 0.5 * met)
    assert found.exact == exact
