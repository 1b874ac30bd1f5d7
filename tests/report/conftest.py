"""Lets the tests of this folder share `made_runs`."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Run folders by name: two seeds of stereo, classification, maps, and three that are in progress."""
    from made_runs import make, with_maps

    folder = tmp_path_factory.mktemp("runs")
    first = make(folder / "seed0")
    return {
        "seed0": first,
        "labels": with_maps(folder / "labels", first, "labels"),
        "flow": with_maps(folder / "flow", first, "flow"),
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


@pytest.fixture(scope="session")
def tree(page):
    """The tree of such a page."""
    import reader

    return lambda *names: reader.read(page(*names).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """The browser; without one, its tests are skipped."""
    from chromium import VARIABLE, program
    from playwright.sync_api import sync_playwright

    path = program()
    if path is None:
        pytest.skip(f"no Chromium found: install one (Debian: `apt-get install chromium`) or name its program in {VARIABLE}")
    # Crash reports and caches go to a temporary folder too.
    folder = str(tmp_path_factory.mktemp("browser"))
    environment = {**os.environ, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, env=environment)
        yield started
        started.close()


@pytest.fixture
def tab(browser):
    """A tab of the browser."""
    from chromium import Tab

    yield Tab(browser)
    for context in browser.contexts:
        context.close()
