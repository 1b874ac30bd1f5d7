"""Skips in decoded cells: their limit, and the notice about them."""

import numpy as np
import pytest

from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Genotype, Term
from spikegraph.genotype.decode import decode_cell
from spikegraph.genotype.decode_softmax import softmax
from spikegraph.genotype.searched import genotype_of
from spikegraph.genotype.skips import limit_skips, mostly_skips
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, EdgeStage
from spikegraph.ir.neuron import Neuron

SPAN = Span("skips.sdhs", 1, 1, 1, 2)
CANDIDATES = (
    CandidateSpec(name="c3", stages=(EdgeStage(op="conv", params={"kernel": 3}), EdgeStage(op="lif", neuron=Neuron()))),
    CandidateSpec(name="c5", stages=(EdgeStage(op="conv", params={"kernel": 5}), EdgeStage(op="lif", neuron=Neuron()))),
    CandidateSpec(name="skip", stages=(EdgeStage(op="identity"),)),
)


def cell(nodes=3, **changes):
    sources = ("prev2", "prev", *(f"n{i}" for i in range(nodes)))
    edges = tuple((f"n{i}", sources[: i + 2]) for i in range(nodes))
    fields = {"name": "cell", "inputs": ("prev2", "prev"), "nodes": nodes, "candidates": CANDIDATES}
    return CellSpec(**fields, neuron=Neuron(), edges=edges, **changes)


def decoded(alpha, most):
    alpha = alpha.tolist()
    return limit_skips(most, (2,), alpha, lambda without: decode_cell(alpha, 3, without=without))


def test_a_limit_that_holds_changes_nothing():
    random = np.random.default_rng(0)
    for _ in range(50):
        alpha = random.normal(size=(9, 3))
        kept = decode_cell(alpha.tolist(), 3)
        count = sum(candidate == 2 for _, candidate in kept)
        assert decoded(alpha, count) == kept


def test_the_weakest_skip_gives_way_to_the_next_best():
    alpha = np.zeros((9, 3))
    alpha[:, 2] = [5, 4, 3, 2, 1, 5, 4, 3, 2]  # every node keeps its two strongest edges, all skips
    assert decode_cell(alpha.tolist(), 3) == [(e, 2) for e in (0, 1, 2, 3, 5, 6)]
    # The weakest is that of edge 3. Without it, edge 4 is chosen, since its skip is stronger than the rest of edge 3; that is
    # removed too. Then edge 4, whose probabilities are more even, has the stronger first convolution.
    probability = [softmax(row) for row in alpha.tolist()]
    assert probability[3][2] > probability[4][2] > probability[4][0] > probability[3][0]
    assert decoded(alpha, 5) == [(0, 2), (1, 2), (2, 2), (4, 0), (5, 2), (6, 2)]


def test_limits_over_many_cells():
    random = np.random.default_rng(1)
    for _ in range(100):
        alpha = random.normal(size=(9, 3)) + np.array([0, 0, 2])
        for most in range(7):
            kept = decoded(alpha, most)
            assert len(kept) == 6 and sum(candidate == 2 for _, candidate in kept) <= most
        assert all(candidate == int(alpha[edge, :2].argmax()) for edge, candidate in decoded(alpha, 0))


def test_a_cell_of_skips_alone_cannot_be_limited():
    with pytest.raises(ValueError, match="every candidate is a skip"):
        limit_skips(1, (0,), [[0.0], [0.0]], lambda without: [(0, 0), (1, 0)])


def test_the_key_of_the_cell_is_heeded():
    alpha = np.zeros((9, 3))
    alpha[:, 2] = 1
    alpha[:, 1] = 0.5
    free = genotype_of(cell(), alpha.tolist())
    assert all(term.operation == "skip" for terms in free.nodes.values() for term in terms)
    limited = genotype_of(cell(max_skips=1), alpha.tolist())
    operations = [term.operation for terms in limited.nodes.values() for term in terms]
    assert sorted(operations) == ["c5"] * 5 + ["skip"]


def genotype(*operations):
    nodes = {f"n{i}": tuple(Term(o, s, SPAN) for o, s in zip(operations[2 * i : 2 * i + 2], ("prev2", "prev"), strict=True))
             for i in range(len(operations) // 2)}  # fmt: skip
    return Genotype("cell", nodes, SPAN)


def test_more_than_half_are_most():
    skips = {"cell": ("skip",)}
    assert mostly_skips([genotype("c3", "skip", "skip", "c5")], skips) == []
    (line,) = mostly_skips([genotype("skip", "skip", "skip", "c5")], skips)
    assert line == "3 of the 4 edges of cell `cell` are skips; the cell's `max_skips` limits them"
