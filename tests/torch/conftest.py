"""A small stereo network with a genotype, and events for it."""

import sys
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch import main
from spikegraph.backends.torch.model import Model
from spikegraph.base.progress import Silent
from spikegraph.program.run_settings import Settings

sys.path.insert(0, str(Path(__file__).parent))

STEREO = """
trellis walk { cell = small  layers = 2  levels = 2 }
network net {
  input left, right : events[2, 8, 12]
  block features(view) {
    stem  = view -> stem(3, out = 4)
    cells = stem -> chain([small], width = 2)
    return cells -> restore(stem)
  }
  volume = cost_volume(features(left), features(right), planes = 3)
  stem   = volume -> stem(3, out = 4)
  cells  = stem -> walk
  output similarity = cells -> restore(stem, out = 1, last = membrane)
}
genotype small {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(n0) + c3(prev)
}
path walk = [1, 0]
"""


@pytest.fixture
def stereo_spec():
    return STEREO


@pytest.fixture
def events():
    """Seeded random events for both views."""

    def made(seed, steps=5, samples=2, size=(8, 12)):
        torch.manual_seed(seed)
        return {v: torch.randint(-1, 2, (steps, samples, 2, *size)).to(torch.float64) for v in ("left", "right")}

    return made


@pytest.fixture
def stereo(small):
    torch.manual_seed(0)
    return Model(small(STEREO).build("retrain").plain).to(torch.float64).eval()


@pytest.fixture
def notices(monkeypatch):
    """The notices of a run of `specs/cifar10.sdhs` up to its data."""

    class DoneError(Exception):
        pass

    def done(*_, **__):
        raise DoneError

    def told(device, precision):
        found = []

        class Reporter(Silent):
            def notice(self, text):
                found.append(text)

        monkeypatch.setattr(main, "data_sets", done)
        program = main.Program.read(Path(__file__).parents[2] / "specs" / "cifar10.sdhs")
        with pytest.raises(DoneError):
            main.train_program(program, Settings(0, device, precision, reporter=Reporter()), data=Path("x"), out=Path("y"))
        return found

    return told
