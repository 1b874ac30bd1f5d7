"""A journal whose numbers loggers get."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import Journal
from spikegraph.runs.logged import Loggers
from spikegraph.runs.logger import LoggedRun, Logger

SETTINGS = {"retrain.epochs": 2, "retrain.weights": "sgd", "retrain.weights.lr": 0.1, "net.cells[0]": "x" * 7000}


@pytest.fixture
def journal(tmp_path: Path, manifest: dict[str, object]) -> Callable[..., Journal]:
    """Opens the journal of the run in `tmp_path` with a logger."""
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    def opened(logger: Logger) -> Journal:
        run = LoggedRun(tmp_path, RunFolder(tmp_path).read_manifest(), SETTINGS)
        return Journal(tmp_path / "metrics.jsonl", Loggers([(type(logger).__name__, logger)], run))

    return opened
