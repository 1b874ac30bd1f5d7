"""The folder for generated files that later runs reuse."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The cache folder: `$XDG_CACHE_HOME/spikegraph` if the variable is set, otherwise the system's default."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "spikegraph" if base else platformdirs.user_cache_path("spikegraph", appauthor=False)
