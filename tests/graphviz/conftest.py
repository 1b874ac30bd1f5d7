"""A small stereo network, its graphs, and architecture parameters."""

import numpy as np
import pytest

from spikegraph.program.program import Program

SPEC = """\
sdhs 1

neuron lif {
  surrogate = dspike(b = 3)
}

candidates choices {
  c3   = conv(3) -> norm -> lif
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}

cell small {
  inputs     = [prev2, prev]
  nodes      = 2
  candidates = choices
  neuron     = lif
  mix        = membrane
}

trellis way {
  cell   = small
  layers = 3
  levels = 3
}

network pair {
  input left, right : events[2, 16, 20]

  block features(view) {
    stem  = view -> stem(3, out = 4)
    cells = stem -> way
    return cells -> restore(stem)
  }

  both = concat(features(left), features(right))
  output map = both -> conv(3, out = 1)
}
"""

GENOTYPE = """\
sdhs 1

genotype small {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(prev) + c3(n0)
}

path way = [1, 1, 0]
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "pair.sdhs"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def genotype(tmp_path):
    path = tmp_path / "chosen.sdhs"
    path.write_text(GENOTYPE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def derived(tmp_path_factory):
    """The graphs of the derived network, which no test changes."""
    folder = tmp_path_factory.mktemp("derived")
    (folder / "chosen.sdhs").write_text(GENOTYPE, encoding="utf-8")
    (folder / "pair.sdhs").write_text(SPEC, encoding="utf-8")
    return Program.read(folder / "pair.sdhs", genotype=folder / "chosen.sdhs").build()


@pytest.fixture(scope="session")
def searched(tmp_path_factory):
    """The graphs of the supernet, which no test changes."""
    path = tmp_path_factory.mktemp("searched") / "pair.sdhs"
    path.write_text(SPEC, encoding="utf-8")
    return Program.read(path).build("search")


@pytest.fixture
def alpha():
    return {"small": np.random.default_rng(3).normal(size=(5, 3)).tolist()}


@pytest.fixture
def beta():
    return {"way": np.random.default_rng(4).normal(size=(3, 3, 3)).tolist()}


@pytest.fixture
def deep(tmp_path):
    """A chain of sixty equal cells."""
    text = f"""\
sdhs 1
neuron lif {{ surrogate = dspike(b = 3) }}
candidates choices {{ c3 = conv(3) -> norm -> lif skip = identity }}
cell normal {{ inputs = [prev2, prev] nodes = 2 candidates = choices neuron = lif }}
network deep {{
  input image : real[3, 8, 8]
  time = 4
  stem  = image -> stem(3, out = 4)
  cells = stem -> chain([{", ".join(["normal"] * 60)}], width = 2)
  output logits = cells -> pool -> linear(10) -> mean(time)
}}
genotype normal {{ n0 = c3(prev2) + c3(prev) n1 = c3(prev2) + skip(n0) }}
"""
    path = tmp_path / "deep.sdhs"
    path.write_text(text, encoding="utf-8")
    return path
