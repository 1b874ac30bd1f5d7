"""A sample of damaged and hostile run folders."""

import pytest

pytest.importorskip("resource")

from damaged_runs import case


@pytest.mark.parametrize("seeds", [range(0, 30), pytest.param(range(30, 60), marks=pytest.mark.long)], ids=["first", "second"])
def test_an_answer_or_an_error_and_nothing_elsewhere(seeds):
    assert {seed: found for seed in seeds if not (found := case(seed)).passed} == {}
