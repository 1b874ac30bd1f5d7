"""A sample of damaged and hostile files of every other kind."""

import pytest

pytest.importorskip("resource")

from file_mutants import case


@pytest.mark.parametrize("seeds", [range(0, 150), range(150, 300)], ids=["first", "second"])
def test_success_or_the_documented_error(seeds):
    assert {seed: found for seed in seeds if not (found := case(seed)).passed} == {}
