"""What one process of the tests makes for all of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spikegraph.compiled.lock import locked

LIMIT_S = 600


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """What `make` puts at a path, which the first process to ask for it calls while others wait."""
    base = factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base  # of one of several processes
    path, made = base / name, base / f"{name}.made"
    with locked(base / f"{name}.lock", LIMIT_S, lambda: None):
        if not made.exists():
            make(path)
            made.touch()
    return path
