"""Where generated files are kept between runs."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The package's cache folder: `$XDG_CACHE_HOME/spikegraph` on every system, else the system's usual place."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "spikegraph" if base else platformdirs.user_cache_path("spikegraph", appauthor=False)
