"""Modules of the benchmark of searches."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "search_bench"

MODULES = (
    "comparison",
    "energy",
    "fill",
    "fronts",
    "live",
    "live_fronts",
    "live_result",
    "replay",
    "rows",
    "table",
    "tasks",
    "training",
    "two_samples",
)


@pytest.fixture(scope="module")
def tool() -> Iterator[Callable[[str], ModuleType]]:
    """Imports modules of the tool, which find each other by bare name."""
    sys.path.insert(0, str(TOOL))
    yield __import__
    sys.path.remove(str(TOOL))
    for name in MODULES:
        sys.modules.pop(name, None)
