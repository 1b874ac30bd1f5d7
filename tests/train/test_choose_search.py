"""Every search method decides choices on wires, and the retraining, report and diagrams have what it decided."""

from pathlib import Path

import pytest
from small_search import program, searching

from spikegraph.backends.graphviz.draw_file import draw
from spikegraph.backends.graphviz.render import render
from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.backends.torch.main import train_program
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.diff import diff
from spikegraph.genotype.read import read_architecture
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.searches.cell_space import CellSpace

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input image : real[1, 28, 28]
  time = 2
  block two(x) {
    a = x -> conv(3, out = 4) -> norm -> lif
    return a -> choose(skip = identity, c5 = conv(5, out = 4) -> norm -> lif)
  }
  s  = image -> stem(3, out = 4, stride = 4)
  b1 = s -> choose(skip = identity, c3 = conv(3, out = 4) -> norm -> lif, t = two)
  output logits = b1 -> choose(spikes = lif, pooled = pool(max, kernel = 3, stride = 1)) -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }
search net on cifar10 {
  method = METHOD
  epochs = 2  warm_up = 1  batch = 10  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
  epoch_samples = 20
}
retrain net on cifar10 {
  epochs = 2  batch = 10  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)  epoch_samples = 20
}
profile sample { cifar10.source = fashion_mnist_small }
"""
BENCH = SPEC.replace(
    SPEC[SPEC.index("network net") : SPEC.index("dataset")],
    """candidates five {
  zero = zero
  skip = identity
  c3   = lif -> conv(3) -> norm -> lif -> conv(1) -> norm
  avg  = pool(avg, kernel = 3, stride = 1)
}
cell bench { inputs = [prev]  nodes = 3  candidates = five  neuron = none  keep = all  output = last }
network net {
  input image : real[1, 28, 28]
  time = 2
  s = image -> conv(3, out = 4, stride = 4) -> norm
  output logits = s -> chain([bench], width = 4) -> lif -> pool -> linear(10) -> mean(time)
}
""",
)
WRITTEN = (
    "darts",
    "darts(discretise = perturb(epochs = 1))",
    "darts(discretise = shared_weights(draws = 4))",
    "single_path(discretise = shared_weights(draws = 4))",
    "random(2)",
    "halving(3)",
    "evolution(4)",
)


@pytest.mark.parametrize("method", WRITTEN, ids=lambda m: m.replace(" ", ""))
def test_it_decides_each_choice(method: str, tmp_path: Path):
    with searching(tmp_path, method, SPEC) as search:
        found = METHODS[search.run.method.name].search(search)
        of = search.program
    assert {edge.cell for edge in found.edges} == {"net.two.choose", "net.b1", "net.logits.choose"}
    assert found in CellSpace.of(of.build("search").space).all()
    kept = of.bind(found.text()).checked().build("retrain").graph
    assert not any(node.op.searched() or node.op.choice() for node in kept)


@pytest.mark.parametrize("method", ["darts", "partial(2)", "darts(discretise = perturb(epochs = 0))", "evolution(3)"])
def test_it_decides_each_edge_of_a_cell_that_keeps_all(method: str, tmp_path: Path):
    with searching(tmp_path, method, BENCH) as search:
        found = METHODS[search.run.method.name].search(search)
        of = search.program
    assert [(e.node, e.source) for e in found.edges] == [(f"n{n}", s) for n in range(3) for s in ("prev", "n0", "n1")[: n + 1]]
    assert of.bind(found.text()).checked().build("retrain").graph.outputs


def test_a_run_has_margins_a_report_and_diagrams(tmp_path: Path):
    train_program(program(tmp_path, "darts", SPEC), Settings(seed=1, threads=1), out=tmp_path / "run")
    found = read_architecture(tmp_path / "run")
    assert set(found.margins.candidates) == {("net", place, "") for place in ("two.choose", "b1", "logits.choose")}
    of_run = read_run(tmp_path / "run")
    for place, edges in found.cells["net"].items():
        decision = f"net.{place} = {edges['']}"
        assert found.margins.candidates["net", place, ""] == pytest.approx(of_run.summary.margins[decision], abs=1e-6)
    page = report([Record.read(tmp_path / "run")])
    assert "choice <code>net.b1</code>" in page and f"kept: {found.cells['net']['b1']['']}" in page
    decided = draw(tmp_path / "run", "cell").source
    assert "net.b1" in decided and "bar of a probability" not in decided
    dot = draw(tmp_path / "run", "cell", phase="search").source
    for name in ("net.two.choose", "net.b1", "net.logits.choose", "pooled", "spikes", "bar of a probability"):
        assert name in dot
    assert "concatenation" not in dot


def test_a_genotype_file_of_choices_is_drawn_as_rows(tmp_path: Path):
    for name, branch in (("one", "t"), ("two", "skip")):
        (tmp_path / f"{name}.sdhs").write_text(f"sdhs 1\ngenotype net {{ b1 = {branch}  b2 = c3 }}\n")
    one, two = (read_architecture(tmp_path / f"{name}.sdhs") for name in ("one", "two"))
    dot = draw(tmp_path / "one.sdhs").source
    assert all(f'"net/{place}' in dot for place in ("b1", "b2")) and "input, concatenation" not in dot
    changed = render(diff(one, two)).source
    assert "− t" in changed and "+ skip" in changed
    assert "t 1/2" in render(agree([one, two])).source
