"""Architectures for comparison with a searched one."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from spikegraph.genotype.searched import cells_of, genotype_of
from spikegraph.program import Program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("search_value", ROOT / "tools" / "search_value.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cell():
    return cells_of(Program.read(ROOT / "specs" / "cifar10.sdhs").build("search").space)["normal"]


def test_random_genotypes_are_of_the_space_and_even(tool, cell):
    random = np.random.default_rng(0)
    found = [tool.random_genotype(cell, random) for _ in range(600)]
    edges = dict(cell.edges)
    for genotype in found:
        for node, terms in genotype.nodes.items():
            assert len({t.source for t in terms}) == 2 and {t.source for t in terms} <= set(edges[node])
    operations = [t.operation for g in found for terms in g.nodes.values() for t in terms]
    assert all(abs(operations.count(name) / len(operations) - 1 / 3) < 0.03 for name in ("c3", "c5", "skip"))
    sources = [t.source for g in found for t in g.nodes["n2"]]
    assert all(abs(sources.count(name) / len(sources) - 1 / 4) < 0.05 for name in ("prev2", "prev", "n0", "n1"))


def test_the_worst_ranked_candidates_are_on_the_searched_edges(tool, cell):
    alpha = np.random.default_rng(1).normal(size=(9, 3)).tolist()
    chosen = genotype_of(cell, alpha)
    worst = tool.worst(cell, alpha, chosen)
    rows, names = cell.edge_list(), [c.name for c in cell.candidates]
    for node, terms in chosen.nodes.items():
        assert [t.source for t in worst.nodes[node]] == [t.source for t in terms]
        for best, last in zip(terms, worst.nodes[node], strict=True):
            row = alpha[rows.index((node, best.source))]
            assert (row[names.index(best.operation)], row[names.index(last.operation)]) == (max(row), min(row))


def test_the_table(tool):
    rows = [{"seed": 0, "accuracy_percent": 80.0}, {"seed": 1, "accuracy_percent": 84.0}]
    assert tool.markdown({"searched": rows}).splitlines()[-1] == "| searched | 82.00 ± 2.83 | 80, 84 |"
