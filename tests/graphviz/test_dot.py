"""The DOT text of every diagram against golden files; look at the pictures before updating them."""

from dataclasses import replace

import pytest

from spikegraph.backends.graphviz.render import render
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.diff import diff


@pytest.fixture
def first(derived):
    return of_spec("first", derived.spec)


@pytest.fixture
def second(first):
    cell = {"n0": {"prev2": "c3", "prev": "c3"}, "n1": {"n0": "c3", "prev2": "c5"}}
    return replace(first, name="second", cells={"small": cell}, paths={"way": (0, 1, 0)})


def test_network(derived, golden):
    golden(render(derived.outline, lowered=derived.plain).source, ".dot")


def test_network_dark(derived, golden):
    golden(render(derived.outline, lowered=derived.plain, dark=True).source, ".dot")


def test_network_of_a_search(searched, golden):
    golden(render(searched.outline, lowered=searched.plain).source, ".dot")


def test_trellis(derived, golden):
    golden(render(derived.space, "trellis", paths={"way": (1, 1, 0)}).source, ".dot")


def test_trellis_with_beta(derived, beta, golden):
    golden(render(derived.space, "trellis", paths={"way": (1, 1, 0)}, beta=beta).source, ".dot")


def test_cell(derived, golden):
    golden(render(derived.outline, "cell").source, ".dot")


def test_cell_with_alpha(searched, first, alpha, golden):
    golden(render(searched.space, "cell", genotypes=first.cells, alpha=alpha).source, ".dot")


def test_ops(derived, golden):
    golden(render(derived.plain, outline=derived.outline).source, ".dot")


def test_ops_expanded(derived, golden):
    golden(render(derived.plain, outline=derived.outline, expand=["features@left.cells[0]"]).source, ".dot")


def test_genotypes_alone(first, golden):
    golden(render(replace(first, candidates={})).source, ".dot")


def test_diff(first, second, golden):
    golden(render(diff(first, second)).source, ".dot")


def test_agreement(first, second, golden):
    golden(render(agree([first, second, first])).source, ".dot")
