"""Lets the tests of this folder share `made_runs`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Run folders by name: two seeds of stereo, classification, and three that are in progress."""
    from made_runs import make

    folder = tmp_path_factory.mktemp("runs")
    return {
        "seed0": make(folder / "seed0"),
        "seed1": make(folder / "seed1", seed=1),
        "images": make(folder / "images", "cifar10"),
        "begun": make(folder / "begun", until="begun"),
        "searching": make(folder / "searching", until="searching"),
        "retraining": make(folder / "retraining", until="retraining"),
    }


@pytest.fixture(scope="session")
def page(runs, tmp_path_factory):
    """The page of some of the runs, as a file."""
    from spikegraph.backends.report.page import report
    from spikegraph.backends.report.record import Record

    folder = tmp_path_factory.mktemp("pages")
    made = {}

    def of(*names):
        if names not in made:
            path = folder / f"{'-'.join(names)}.html"
            path.write_text(report([Record.read(runs[name]) for name in names], now=2_000_000_000), encoding="utf-8")
            made[names] = path
        return made[names]

    return of
