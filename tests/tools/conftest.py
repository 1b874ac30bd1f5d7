"""Modules of both benchmarks."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "search_bench"
BENCH = TOOL.with_name("bench")

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
    "supernet_rows",
    "supernets",
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


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The benchmark's modules, which import each other by bare name."""
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("measure", "table", "peers", "limits", "results", "wanted", "own_convolutions")
    yield SimpleNamespace(**{name: import_module(name) for name in names})
    for name in names:
        del sys.modules[name]


@pytest.fixture
def measured(bench: SimpleNamespace) -> Any:
    """A row with two modes of another library and one side of ours in each precision."""
    values = {
        "jelly, plain": [3.0],
        "jelly, compiled": [2.0],
        "jelly, autocast": [1.0],
        "ours, float32": [1.0],
        "ours, bf16": [0.5],
    }
    peers = {"jelly, plain": "float32", "jelly, compiled": "float32", "jelly, autocast": "bf16"}
    precisions = {**peers, "ours, float32": "float32", "ours, bf16": "bf16"}
    return bench.measure.Row("step", values, references=bench.measure.references(values, precisions, set(peers)))
