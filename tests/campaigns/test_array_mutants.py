"""A sample of damaged arrays, graphs of NIR and files of weights."""

import pytest

pytest.importorskip("resource")
pytest.importorskip("nir")

from array_mutants import case


def test_a_result_or_the_documented_error():
    assert {seed: found for seed in range(64) if not (found := case(seed)).passed} == {}
