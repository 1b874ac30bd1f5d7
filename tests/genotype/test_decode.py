"""Decoding compared with the vectors and with brute force; ties."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from spikegraph.genotype.decode import CellMargin, Edge, cell_margins, decode_cell, edges_of
from spikegraph.genotype.decode_path import path_margins, trellis_probability, viterbi

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name].tolist() for name in archive.files if name.startswith(("decode", "viterbi"))}


@pytest.mark.parametrize(("policy", "without"), [("all", ()), ("without_skip", (2,))])
@pytest.mark.parametrize("nodes", [3, 4, 5])
def test_cell_vectors(nodes: int, policy: str, without: tuple[int, ...]) -> None:
    kept = decode_cell(VECTORS[f"decode/{nodes}/alpha"], nodes, rank_without=without)
    assert kept == [tuple(row) for row in VECTORS[f"decode/{nodes}/{policy}"]]


def test_edges_are_numbered_as_in_darts() -> None:
    assert edges_of(3) == [
        *(Edge(0, source) for source in ("prev2", "prev")),
        *(Edge(1, source) for source in ("prev2", "prev", "n0")),
        *(Edge(2, source) for source in ("prev2", "prev", "n0", "n1")),
    ]
    assert edges_of(2, inputs=1) == [Edge(0, "prev"), Edge(1, "prev"), Edge(1, "n0")]
    assert [edge.source for edge in edges_of(1, inputs=3)] == ["prev3", "prev2", "prev"]


def test_ties_go_to_the_lower_edge_and_the_earlier_candidate() -> None:
    assert decode_cell(np.zeros((5, 3)).tolist(), 2) == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_a_strong_skip_counts_only_where_it_is_ranked() -> None:
    alpha = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 5.0]]
    assert decode_cell(alpha, 2, keep=1) == [(0, 0), (4, 1)]
    assert decode_cell(alpha, 2, keep=1, rank_without=[1]) == [(0, 0), (2, 0)]


def test_restricted_edges() -> None:
    edges = [Edge(0, "prev"), Edge(1, "prev2"), Edge(1, "n0"), Edge(1, "prev")]
    alpha = [[0.0, 1.0], [0.0, 0.5], [2.0, 0.0], [0.0, 3.0]]
    assert decode_cell(alpha, 2, edges=edges) == [(0, 1), (2, 0), (3, 1)]


def test_the_share_of_an_edge_counts_for_its_strength() -> None:
    """By hand: n1 has three edges with the shares 1/6, 2/6 and 3/6, and strengths .8/6, .6 * 2/6 and .5 * 3/6."""
    alpha = [[math.log(p), math.log(1 - p)] for p in (0.9, 0.7, 0.8, 0.6, 0.5)]
    shares = [5.0, -5.0, math.log(1), math.log(2), math.log(3)]
    kept = decode_cell(alpha, 2, weights=shares)
    assert kept == [(0, 0), (1, 0), (3, 0), (4, 0)]
    assert decode_cell(alpha, 2) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    margins = cell_margins(alpha, kept, 2, weights=shares)
    assert [m.edge for m in margins] == [None, None, pytest.approx((1.2 - 0.8) / 6), pytest.approx((1.5 - 0.8) / 6)]
    assert [m.candidate for m in margins] == pytest.approx([0.8, 0.4, 0.2, 0.0])
    with pytest.raises(ValueError, match="the cell has 5 edges, but its edges' parameters are"):
        decode_cell(alpha, 2, weights=shares[:4])


def test_cell_margins() -> None:
    alpha = np.log(np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.4, 0.3, 0.3], [0.3, 0.1, 0.6]])).tolist()
    kept = decode_cell(alpha, 2)
    assert kept == [(0, 0), (1, 0), (2, 1), (4, 2)]
    margins = cell_margins(alpha, kept, 2)
    assert [margin.candidate for margin in margins] == pytest.approx([0.2, 0.3, 0.5, 0.3])
    assert [margin.edge for margin in margins[:2]] == [None, None]
    assert [margin.edge for margin in margins[2:]] == pytest.approx([0.3, 0.2])
    assert cell_margins([[0.0], [0.0]], [(0, 0), (1, 0)], 1) == [CellMargin(1.0, None)] * 2


@pytest.mark.parametrize(
    ("alpha", "options", "message"),
    [
        (np.zeros((4, 3)), {}, r"the cell has 5 edges, but alpha has shape \[4, 3\]"),
        (np.full((5, 3), np.nan), {}, "alpha is not finite"),
        (np.zeros((5, 3)), {"keep": 0}, "at least one edge"),
        (np.zeros((5, 3)), {"rank_without": [0, 1, 2]}, "a candidate to rank by"),
    ],
)
def test_cells_that_are_refused(alpha: np.ndarray, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_cell(alpha.tolist(), 2, **options)
    with pytest.raises(ValueError, match="at least one node and one input"):
        edges_of(0)


@pytest.mark.parametrize("size", ["2x4", "4x4", "6x4", "7x3"])
def test_path_vectors(size: str) -> None:
    path, probability = viterbi(VECTORS[f"viterbi/{size}/beta"])
    assert path == tuple(VECTORS[f"viterbi/{size}/path"])
    assert probability == pytest.approx(VECTORS[f"viterbi/{size}/probability"], rel=0, abs=1e-9)


def all_paths(beta: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every path of the trellis with its probability, from explicit softmaxes."""
    layers, levels, _ = beta.shape
    found: dict[tuple[int, ...], float] = {}
    for moves in itertools.product((-1, 0, 1), repeat=layers):
        path = tuple(np.cumsum(moves).tolist())
        if not all(0 <= level < levels for level in path):
            continue
        probability = 1.0
        for layer, (level, move) in enumerate(zip((0, *path), moves, strict=False)):
            allowed = [m for m in (-1, 0, 1) if 0 <= level + m < levels]
            total = sum(math.exp(beta[layer, level, m + 1]) for m in allowed)
            probability *= math.exp(beta[layer, level, move + 1]) / total
        found[path] = probability
    return found


@pytest.mark.parametrize("seed", range(40))
def test_path_is_the_best_of_all(seed: int) -> None:
    generator = np.random.default_rng(seed)
    beta = generator.normal(scale=2.0, size=(int(generator.integers(1, 8)), int(generator.integers(1, 6)), 3))
    paths = all_paths(beta)
    best = max(paths, key=lambda path: paths[path])
    path, probability = viterbi(beta.tolist())
    assert path == best
    assert probability == pytest.approx(paths[best], rel=1e-12)
    assert sum(paths.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(20))
def test_tied_paths_go_to_the_lower_level_from_the_end(seed: int) -> None:
    generator = np.random.default_rng(seed)
    beta = np.where(generator.random((5, 4, 3)) < 0.5, math.log(2), 0.0)  # few distinct values, so many ties
    paths = all_paths(beta)
    best = max(paths.values())
    tied = [path for path, probability in paths.items() if probability > best * (1 - 1e-9)]
    assert viterbi(beta.tolist())[0] == min(tied, key=lambda path: path[::-1])


def test_some_of_the_ties_tested_are_ties() -> None:
    beta = np.zeros((1, 4, 3))
    assert all_paths(beta) == {(0,): 0.5, (1,): 0.5}
    assert viterbi(beta.tolist()) == ((0,), 0.5)


def test_moves_out_of_the_trellis_never_win() -> None:
    beta = np.zeros((3, 2, 3))
    beta[:, 0, 0] = beta[:, -1, 2] = 100.0
    path, probability = viterbi(beta.tolist())
    assert path == (0, 0, 0)
    assert probability == pytest.approx(0.125)


def test_a_long_path_is_found_where_its_probability_is_tiny() -> None:
    generator = np.random.default_rng(0)
    path, probability = viterbi(generator.normal(scale=0.01, size=(2000, 4, 3)).tolist())
    assert len(path) == 2000
    assert probability == pytest.approx(0.0)
    assert max(path) <= 3


def test_path_margins() -> None:
    beta = np.zeros((2, 2, 3))
    beta[0, 0] = [9.0, math.log(3.0), 0.0]  # same 3/4, coarser 1/4
    beta[1, 0] = [0.0, 0.0, math.log(4.0)]  # same 1/5, coarser 4/5
    path, probability = viterbi(beta.tolist())
    assert (path, probability) == ((0, 1), pytest.approx(0.6))
    assert path_margins(beta.tolist(), path) == pytest.approx([0.5, 0.6])
    assert path_margins(beta.tolist(), (0, 0)) == pytest.approx([0.5, -0.6])
    assert path_margins(np.zeros((2, 1, 3)).tolist(), (0, 0)) == [1.0, 1.0]


def test_paths_that_are_refused() -> None:
    for shape in ((2, 4), (2, 4, 2), (0, 4, 3)):
        with pytest.raises(ValueError, match=r"beta must have shape \[layers, levels, 3\]"):
            viterbi(np.zeros(shape).tolist())
    with pytest.raises(ValueError, match="beta is not finite"):
        viterbi(np.full((2, 4, 3), np.inf).tolist())
    with pytest.raises(ValueError, match="jumps from level 0 to 2 at layer 0"):
        path_margins(np.zeros((2, 4, 3)).tolist(), (2, 2))
    with pytest.raises(ValueError, match="does not fit 2 layers and 4 levels"):
        path_margins(np.zeros((2, 4, 3)).tolist(), (0, 4))


def test_probabilities_leave_beta_alone() -> None:
    beta = np.zeros((2, 4, 3)).tolist()
    probability = trellis_probability(beta)
    assert beta == np.zeros((2, 4, 3)).tolist()
    np.testing.assert_allclose(np.sum(probability, axis=2), 1.0)
