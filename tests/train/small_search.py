"""A spec on the images that come with the package, whose searches take a second, and their supernets."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.train.log import open_log
from spikegraph.base.progress import Silent
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder

SPEC = """\
sdhs 1

neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif
  c1   = conv(1) -> norm -> lif
  skip = identity
}
cell plain { nodes = 2 candidates = some neuron = lif mix = membrane }
cell smaller like plain { stride = 2 }

network net {
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 4)
  cells = stem -> chain([plain, smaller, plain], width = 2)
  aux   = cells[1] -> auxiliary(classes = 10, channels = 4, features = 4)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }

search net on cifar10 {
  method        = METHOD
  epochs        = 2
  warm_up       = 1
  batch         = 10
  weights       = sgd(lr = 0.05)
  architecture  = adam(lr = 0.5)
  loss          = cross_entropy(logits) + 0.4 * cross_entropy(aux)
  epoch_samples = 30
}
retrain net on cifar10 {
  epochs        = 2
  batch         = 10
  weights       = sgd(lr = 0.05)
  loss          = cross_entropy(logits) + 0.4 * cross_entropy(aux)
  epoch_samples = 40
}
profile sample {
  cifar10.source = fashion_mnist_small
}
"""

ONE_CELL = (
    SPEC.replace("cell smaller like plain { stride = 2 }\n", "")
    .replace("chain([plain, smaller, plain], width = 2)", "chain([plain], width = 2)")
    .replace("cells[1]", "cells[0]")
    .replace("epoch_samples = 30", "epoch_samples = 10")
)

TRELLIS = (
    SPEC.replace("network net", "trellis walk { cell = plain layers = 2 levels = 2 }\nnetwork net")
    .replace("chain([plain, smaller, plain], width = 2)", "walk -> restore(stem)")
    .replace("  aux   = cells[1] -> auxiliary(classes = 10, channels = 4, features = 4)\n", "")
    .replace(" + 0.4 * cross_entropy(aux)", "")
)


def program(folder: Path, method: str = "darts", spec: str = SPEC) -> Program:
    """The spec with a method."""
    path = folder / "net.sdhs"
    path.write_text(spec.replace("METHOD", method))
    return Program.read(path, profile="sample")


@contextmanager
def searching(folder: Path, method: str = "darts", spec: str = SPEC, **settings: Any) -> Generator[RunSearch]:
    """The search of a run in a folder."""
    found = program(folder, method, spec)
    sets = data_sets(found.spec.datasets["cifar10"], None, 1)
    how = Settings(seed=1, reporter=settings.pop("reporter", Silent()), **settings)
    with open_log(found, sets, RunFolder(folder / "run"), how) as log:
        yield RunSearch(found, (sets.train, None), (sets.train, None), log)


@contextmanager
def supernet(folder: Path, method: str = "darts", spec: str = SPEC) -> Generator[Supernet]:
    """The supernet of a search with its initial weights."""
    with searching(folder, method, spec) as search:
        yield Supernet.begin(search)
