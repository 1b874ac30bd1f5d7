"""One search decides kernel, width, depth, time steps, decay, threshold and surrogate."""

from pathlib import Path

import pytest

from spikegraph.backends.torch.main import train_program
from spikegraph.genotype.read import read_architecture
from spikegraph.genotype.searched_params import param_cells
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.searches.cell_space import CellSpace

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = """\
sdhs 1
neuron lif { }
network net {
  param W = 4
  param D = 1
  param T = 2
  input image : real[1, 28, 28]
  time = T
  block plain(x) {
    weights = own
    return x -> conv(3, out = W) -> norm -> lif
  }
  block layer(x) {
    weights = own
    a = x -> choose(c3 = conv(3, out = W), c5 = conv(5, out = W)) -> norm
    return a -> choose(
      short = lif(decay = 0.1), long = lif(decay = 0.9), late = lif(threshold = 1), wide = lif(surrogate = triangle)
    )
  }
  s = image -> conv(3, out = W, stride = 4) -> norm -> lif
  output logits = s -> repeat(plain, D) -> layer -> choose(skip = identity, deeper = plain) -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { }
search net(W = any(2, 4), D = any(1, 2), T = any(1, 2)) on cifar10 { method = random(2) }
retrain net on cifar10 {
  epochs = 1  batch = 10  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)  epoch_samples = 20
}
profile sample { cifar10.source = fashion_mnist_small }
"""


def test_one_spec(tmp_path: Path) -> None:
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    program = Program.read(path, profile="sample").checked()
    space = CellSpace.of(program.space("search"), param_cells(program.spec))
    assert space.size == 2 * 2 * 2 * 2 * 4 * 2
    train_program(program, Settings(seed=1, threads=1), out=tmp_path / "run")
    run = read_run(tmp_path / "run")
    decided = {place: edges[""] for place, edges in read_architecture(run.folder.genotype).cells["net"].items()}
    assert set(decided) >= {"W", "D", "T"} and len(decided) == 6
    assert {"c3", "c5"} & set(decided.values()) and {"short", "long", "late", "wide"} & set(decided.values())
    assert run.summary is not None and run.summary.complete


def test_a_param_that_changes_what_is_searched(tmp_path: Path) -> None:
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace("repeat(plain, D)", "repeat(layer, D)"))
    (error,) = Program.read(path, profile="sample").check()
    assert (error.code, error.span.line) == ("SG0216", 24)
    assert error.summary == "`D = 2` has other choices than `D = 1`, so one search can't decide both"
