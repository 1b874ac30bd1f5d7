"""A run on real images; checks of shapes can't be traced, so the tests of this folder go without them."""

import sys
from pathlib import Path

import pytest

from ..traceable import without_checks

sys.path.insert(0, str(Path(__file__).parent))

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input image : real[1, 28, 28]
  time = 2
  first  = image -> conv(3, out = 8, stride = 2) -> norm -> lif
  second = first -> conv(3, out = 16, stride = 2) -> norm -> lif
  output logits = second -> pool(max, kernel = 2, stride = 2) -> flatten -> linear(10) -> mean(time)
}
dataset fashion { source = fashion_mnist_small }
retrain net on fashion {
  epochs = 1  batch = 50  epoch_samples = 1000
  weights = adam(lr = 0.01)  loss = cross_entropy(logits)
}
"""


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A small network, trained for 20 steps on images of Fashion-MNIST; the tests don't change its folder."""
    from spikegraph.backends.torch.main import train_program
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings

    folder = tmp_path_factory.mktemp("export")
    spec = folder / "net.sdhs"
    spec.write_text(SPEC)
    return train_program(Program.read(spec), Settings(seed=1), out=folder / "run")[0]


@pytest.fixture(autouse=True)
def traceable(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)
