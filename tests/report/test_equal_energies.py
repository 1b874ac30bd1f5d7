"""A network that needs as much energy as its quantised ANN: nothing says that one of them needs less."""

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.quantised import Beside
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.report.sections.energies import Priced, charts, comparison, row, verdict
from spikegraph.program.program import Program

NETWORK = """sdhs 1
neuron lif { }
network net {
  input x : real[1, 6, 6]
  time = 2
  a = x -> conv(3, out = 2, padding = 1) -> lif
  output p = a -> reduce(over = space, by = sum) -> mean(time)
}
"""


def network() -> Statistics:
    """Its one convolution takes an image, so it is computed once, as in the ANN: 36 places, 18 weights."""
    built = Program.of_text(NETWORK, "n.sdhs").build("retrain")
    return Statistics.of(built.outline, built.plain, {"a": 0.2}, time=2)


def test_the_sentence() -> None:
    found = Beside.of(network(), ENERGY_MODELS["cmos-45nm"])
    assert str(found) == "cmos-45nm: 2.981 nJ, as an ANN of 2 bits 2.981 nJ; both need as much at every firing rate"
    assert str(Beside.of(network(), ENERGY_MODELS["simple"])).endswith("the ANN needs less at every firing rate")


def test_the_report() -> None:
    found = Priced("", [network()])
    assert row(found.beside["cmos-45nm"])[3:] == [None, "100 %", "neither"]
    assert verdict(found).endswith("; by `cmos-45nm` both need as much.")
    assert 'class="verdict better"' not in str(comparison([Priced("", [network()])]))


def test_layers_that_need_as_much() -> None:
    """Five steps of products that are the same at each, a fifth of an inference each, aren't exactly those of one step."""
    text = NETWORK.replace("6, 6", "13, 13").replace("time = 2", "time = 5").replace("out = 2", "out = 4")
    built = Program.of_text(text, "n.sdhs").build("retrain")
    found = Priced("", [Statistics.of(built.outline, built.plain, {"a": 0.2}, time=5)])
    (chart,) = charts([found], ENERGY_MODELS["cmos-45nm"])
    assert chart.note == "the ANN needs less in 0 of 1 layer"
