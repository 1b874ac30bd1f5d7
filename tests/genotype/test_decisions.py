"""The margins of decisions, with numbers worked out by hand."""

import numpy as np
import pytest

from spikegraph.genotype.decisions import decided, decision_margins, is_undecided, margin_text
from spikegraph.genotype.searched import decoded
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { }
candidates choices { c3 = conv(3) -> norm -> lif  skip = identity }
cell feature { nodes = 2 candidates = choices neuron = lif keep = 2 rank_without = [skip] }
trellis way { cell = feature layers = 2 levels = 2 }
network net {
  input left : events[2, 16, 16]
  stem = left -> stem(3, out = 4)
  output y = stem -> way -> restore(stem)
}
"""


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    return Program.read(path).build("search").space


def test_each_decision_has_its_smaller_margin(graph):
    values = {
        "feature.alpha": np.log([[0.6, 0.4], [0.48, 0.52], [0.8, 0.2], [0.55, 0.45], [0.9, 0.1]]).tolist(),
        "way.beta": np.log([[[1, 1, 3], [1, 1, 1]], [[1, 1, 1], [7, 3, 1]]]).tolist(),
    }
    genotypes, paths = decoded(graph, values)
    assert decision_margins(graph, values, genotypes, paths) == pytest.approx(
        {
            "feature.n0 = c3(prev2)": 0.6 - 0.4,
            "feature.n0 = skip(prev)": 0.52 - 0.48,  # both edges stay, so only the operation counts
            "feature.n1 = c3(prev2)": 0.8 - 0.55,  # as an edge; as an operation 0.6
            "feature.n1 = c3(n0)": 0.9 - 0.55,  # as an edge; as an operation 0.8
            "way[0] = 1": 0.75 - 0.25,
            "way[1] = 0": 0.7 - 0.3,
        }
    )
    assert decision_margins(graph, {}, genotypes, paths) == {}


def test_parameters_of_edges_count(graph):
    """The strength of an edge is its best probability times its own: at n1 0.8 * 0.2, 0.55 * 0.5 and 0.9 * 0.3."""
    values = {
        "feature.alpha": np.log([[0.6, 0.4], [0.48, 0.52], [0.8, 0.2], [0.55, 0.45], [0.9, 0.1]]).tolist(),
        "feature.edges": np.log([0.5, 0.5, 0.2, 0.5, 0.3]).tolist(),
        "way.beta": np.log([[[1, 1, 3], [1, 1, 1]], [[1, 1, 1], [7, 3, 1]]]).tolist(),
    }
    found = decision_margins(graph, values, *decoded(graph, values))
    assert {what: margin for what, margin in found.items() if ".n1" in what} == pytest.approx(
        {
            "feature.n1 = c3(prev)": 0.55 - 0.45,  # as an edge 0.275 - 0.16
            "feature.n1 = c3(n0)": 0.27 - 0.16,  # as an operation 0.8
        }
    )


@pytest.mark.parametrize(
    ("margins", "text"),
    [
        ([0.2, 0.05], "each of 2 decisions has a margin of at least 0.05"),
        ([0.2, 0.0499], "1 of 2 decisions is undecided (margin below 0.05)"),
        ([0.01] * 5 + [0.3] * 7, "5 of 12 decisions are undecided (margin below 0.05)"),
        ([-0.2], "1 of 1 decisions is undecided (margin below 0.05)"),
    ],
)
def test_how_many_are_undecided(margins, text):
    assert decided({str(k): m for k, m in enumerate(margins)}) == text


def test_a_margin_as_text():
    assert [margin_text(m) for m in (0.05, 0.0123, -0.1)] == ["0.050", "0.012 undecided", "-0.100 undecided"]
    assert is_undecided(0.04999)
