"""Genotype files from searched parameters: golden text, ranking, restricted edges; the file compiles."""

from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import NoArchitectureError
from spikegraph.dsl.resolve import resolve
from spikegraph.genotype.bindings import kept_edges, paths
from spikegraph.genotype.searched import decode_architecture, genotype_of
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.cellspec import KeptEdge
from spikegraph.program.program import Program

NETWORK = """
cell sparse like small { edges = [n0(prev2), n1(prev, n0), n2(prev2, n1)]  nodes = 3 }
trellis walk { cell = small  layers = 3  levels = 3 }
trellis other like walk { layers = 2 }
network net {
  input x : real[3, 8, 8]
  stem  = x -> stem(3, out = 4)
  first = stem -> walk
  back  = first -> restore(stem)
  again = back -> other
  seen  = again -> restore(stem)
  output y = seen -> chain([sparse, sparse], width = 2)
}
"""


def random_values(seed=11):
    draw = np.random.default_rng(seed)
    return {
        "small.alpha": draw.normal(size=(5, 3)).tolist(),
        "sparse.alpha": draw.normal(size=(5, 3)).tolist(),
        "walk.beta": draw.normal(size=(3, 3, 3)).tolist(),
        "other.beta": draw.normal(size=(2, 3, 3)).tolist(),
    }


def test_decoded(small, golden):
    golden(decode_architecture(small(NETWORK).space, random_values(), "Searched with seed 11."), ".sdhs")


def test_the_file_is_read_and_compiled(small):
    made = small(NETWORK)
    Path("found.sdhs").write_text(decode_architecture(made.space, random_values()), encoding="utf-8")
    assert not resolve(Path("found.sdhs")).diagnostics.has_errors
    built = Program.read(made.path, genotype=Path("found.sdhs")).build()
    assert (built.phase, built.plain.stage) == ("retrain", "lowered")
    kept = {n.name for n in built.plain if n.op.name == "gather"}
    assert {f"y[0].n{i}.sum" for i in range(3)} <= kept
    # Each trellis has as many cells as layers.
    assert {n.name.partition(".")[0] for n in built.plain if n.name.startswith(("first[", "again["))} == {
        *(f"first[{i}]" for i in range(3)),
        *(f"again[{i}]" for i in range(2)),
    }


def test_a_file_is_never_empty(small):
    made = small(NETWORK)
    with pytest.raises(NoArchitectureError) as told:
        decode_architecture(made.build("search").graph, random_values())
    assert told.value.summary == "cells and trellises are no longer in the lowered graph of `net`"
    assert told.value.help == 'decode the graph of the spec, `Program.build("search").space`, or call `model.genotype()`'
    plain = small("network net {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 4)\n}\n")
    with pytest.raises(NoArchitectureError, match="`net` has no cell and no trellis, so there is no genotype to decode"):
        decode_architecture(plain.space, {})


def test_cells_by_name(small):
    cells = cells_of(small(NETWORK).space)
    assert {name: len(cell.edge_list()) for name, cell in cells.items()} == {"small": 5, "sparse": 5}


def terms(genotype):
    return {node: " + ".join(f"{t.operation}({t.source})" for t in kept) for node, kept in genotype.nodes.items()}


def cell_of(small, more="", name="small"):
    text = f"{more}network net {{\n  input x : real[3, 8, 8]\n  output y = x -> chain([{name}], width = 2)\n}}\n"
    return cells_of(small(text).space)[name]


def test_the_strongest_edges_each_with_its_strongest_candidate(small):
    alpha = np.zeros((5, 3))
    alpha[0, 1], alpha[1, 2] = 1.0, 2.0
    alpha[2, 0], alpha[3, 1], alpha[4, 2] = 1.0, 3.0, 2.0
    assert terms(genotype_of(cell_of(small), alpha.tolist())) == {"n0": "c5(prev2) + skip(prev)", "n1": "c5(prev) + skip(n0)"}


def test_ties_go_to_the_lower_edge_and_the_earlier_candidate(small):
    assert terms(genotype_of(cell_of(small), np.zeros((5, 3)).tolist())) == {
        "n0": "c3(prev2) + c3(prev)",
        "n1": "c3(prev2) + c3(prev)",
    }


def test_candidates_that_dont_count_in_the_ranking_can_still_be_chosen(small):
    alpha = np.zeros((5, 3))
    alpha[2] = (0.0, 0.0, 4.0)  # n1 from prev2: a skip, and nothing else
    alpha[3] = (1.0, 0.0, 3.0)  # n1 from prev: a skip again, c3 next
    alpha[4] = (2.0, 0.0, 0.0)
    assert terms(genotype_of(cell_of(small), alpha.tolist()))["n1"] == "skip(prev2) + skip(prev)"
    ranked = cell_of(small, "cell ranked like small { rank_without = [skip] }\n", "ranked")
    # Without the skip prev2's edge is the weakest; the edge from prev is in, and keeps its skip.
    assert terms(genotype_of(ranked, alpha.tolist()))["n1"] == "skip(prev) + c3(n0)"


@pytest.mark.parametrize(
    ("keep", "n1"), [(1, "c3(prev)"), (3, "c3(prev2) + c3(prev) + c3(n0)"), (9, "c3(prev2) + c3(prev) + c3(n0)")]
)
def test_how_many_edges_stay(small, keep, n1):
    alpha = np.zeros((5, 3))
    alpha[3, 0] = 1.0
    cell = cell_of(small, f"cell kept like small {{ keep = {keep} }}\n", "kept")
    assert terms(genotype_of(cell, alpha.tolist()))["n1"] == n1


def test_restricted_edges_are_numbered_as_declared(small):
    cell = cell_of(small, "cell sparse like small { edges = [n0(prev), n1(prev2, n0)] }\n", "sparse")
    alpha = [[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [3.0, 0.0, 0.0]]
    assert terms(genotype_of(cell, alpha)) == {"n0": "c5(prev)", "n1": "skip(prev2) + c3(n0)"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"small.alpha": np.zeros((4, 3)).tolist()}, "the cell has 5 edges, but alpha has shape [4, 3]"),
        ({"small.alpha": np.full((5, 3), np.nan).tolist()}, "alpha is not finite"),
        ({"walk.beta": np.zeros((3, 3)).tolist()}, "beta must have shape [layers, levels, 3], not [3, 3]"),
    ],
)
def test_values_that_dont_fit(small, change, message):
    with pytest.raises(ValueError) as told:
        decode_architecture(small(NETWORK).space, {**random_values(), **change})
    assert str(told.value) == message


def test_a_parameter_that_is_missing(small):
    values = random_values()
    del values["walk.beta"]
    with pytest.raises(KeyError, match=r"walk\.beta"):
        decode_architecture(small(NETWORK).space, values)


def test_genotypes_of_a_spec_become_choices():
    spec = resolve(Path(__file__).parents[2] / "specs" / "genotypes" / "stereo.sdhs").spec
    assert kept_edges(spec)["matching"] == tuple(
        KeptEdge(node=n, operation=o, source=s)
        for n, o, s in (
            ("n0", "c3", "prev2"),
            ("n0", "c5", "prev"),
            ("n1", "c5", "prev"),
            ("n1", "c5", "n0"),
            ("n2", "c3", "prev"),
            ("n2", "c3", "n1"),
        )
    )
    assert paths(spec) == {"feature_path": (1, 0), "matching_path": (1, 2, 2, 1)}


def test_a_path_keeps_to_the_finest_level(small):
    """Moves that a search never chooses, whatever their parameters."""
    made = small(NETWORK.replace("layers = 3  levels = 3", "layers = 3  levels = 3  finest = 1"))
    values = random_values() | {"walk.beta": [[[9, 9, 0]] * 3] * 3, "other.beta": [[[9, 9, 0]] * 3] * 2}
    found = decode_architecture(made.space, values)
    assert found.endswith("path other = [1, 1]\npath walk  = [1, 1, 1]\n")
