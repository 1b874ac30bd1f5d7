"""A recording and a cache of samples."""

from pathlib import Path

import pytest

from spikegraph.data.events.sample_cache import SampleCache

from .cache_helpers import EVENTS
from .recording_files import write_dat


@pytest.fixture
def cache(tmp_path: Path) -> SampleCache:
    return SampleCache(tmp_path / "cache")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_dat(tmp_path / "a.dat", EVENTS)
