"""Lets the tests of this folder share their tables, and what they find in files."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import kept_facts


@pytest.fixture(autouse=True, scope="session")
def facts(pytestconfig):
    """What earlier runs found in files; there is nothing where pytest has no cache."""
    cache = getattr(pytestconfig, "cache", None)
    if cache is None:
        yield
        return
    kept_facts.load(cache)
    yield
    kept_facts.save(cache)
