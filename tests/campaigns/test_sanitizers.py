"""A sample of the campaign `sanitizers`."""

import pytest
from sanitizers import case


@pytest.mark.slow
@pytest.mark.native
def test_random_calls_of_native_code():
    outcome = case(0, calls=8)
    assert outcome.passed, outcome.detail
