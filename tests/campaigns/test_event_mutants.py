"""A sample of damaged recordings in every format."""

import pytest

pytest.importorskip("resource")
pytest.importorskip("faery")

from event_mutants import NAMES, case


@pytest.mark.parametrize("seeds", [range(len(NAMES) * 4), range(len(NAMES) * 4, len(NAMES) * 8)], ids=["first", "second"])
def test_events_or_the_documented_error(seeds):
    assert {seed: found for seed in seeds if not (found := case(seed)).passed} == {}
