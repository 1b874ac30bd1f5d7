"""The surrogates of networks on the page."""

from types import SimpleNamespace

from spikegraph.backends.report.sections.surrogates import used_shapes
from spikegraph.program.program import Program

TEXT = """sdhs 1
neuron lif { surrogate = dspike(b = 3) }
network net {
  input x : real[6]
  output y = x -> linear(8) -> lif -> linear(8) -> lif -> linear(8) -> lif(threshold = 1) -> linear(3)
}
"""


def of(text):
    return SimpleNamespace(built=Program.of_text(text, "net.sdhs").build("retrain"))


def test_neurons_of_one_network_are_counted_by_b_and_threshold():
    run = of(TEXT)
    shorter = of(TEXT.replace("lif -> linear(8) -> lif(", "lif("))
    (chart,) = used_shapes([run, run])
    assert [line.label for line in chart.lines] == ["b = 3, threshold 0.5, 2 neurons", "b = 3, threshold 1, 1 neuron"]
    middles = [max(line.points, key=lambda point: point[1])[0] for line in chart.lines]
    assert middles == [0.5, 1.0], "a curve has its largest slope at the threshold"
    (chart,) = used_shapes([run, shorter])
    assert chart.lines[0].label == "b = 3, threshold 0.5, 1 to 2 neurons"
