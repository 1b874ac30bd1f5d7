"""The runs that figures are drawn of."""

from __future__ import annotations

from pathlib import Path

import pytest

from spikegraph.data.built_in_recording import write_sample

from ..made_once import made_once
from .small_runs import make


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the trained runs `stereo` and `images`."""
    recording = made_once(tmp_path_factory, "sample", lambda folder: write_sample(folder, duration_s=2.0))
    return made_once(tmp_path_factory, "figure-runs", lambda folder: make(folder, recording))
