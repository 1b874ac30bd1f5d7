"""Packages that can be called: they have the names of functions, and so their places in `spikegraph`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import spikegraph.data
import spikegraph.runs
from spikegraph.api.data import data
from spikegraph.api.describing import runs

FUNCTIONS: dict[ModuleType, Callable[..., Any]] = {spikegraph.data: data, spikegraph.runs: runs}


def make_callable() -> None:
    """Makes the packages `spikegraph.data` and `spikegraph.runs` callable."""
    for package, function in FUNCTIONS.items():
        package.__class__ = type(f"Callable_{function.__name__}", (ModuleType,), {"__call__": staticmethod(function)})
