"""A sample of damaged and hostile HDF5 files."""

import pytest

pytest.importorskip("resource")

from hdf5_mutants import case


@pytest.mark.parametrize("seeds", [range(0, 40), range(40, 80)], ids=["first", "second"])
def test_a_report_or_an_error_that_names_the_file(seeds):
    assert {seed: found for seed in seeds if not (found := case(seed)).passed} == {}
