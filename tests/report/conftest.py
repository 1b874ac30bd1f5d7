"""Lets the tests of this folder share `made_runs`."""

import os
import sys
from functools import cache
from pathlib import Path

import pytest

from ..made_once import made_once

sys.path.insert(0, str(Path(__file__).parent))


NAMES = ("seed0", "labels", "flow", "seed1", "images", "begun", "searching", "retraining")


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Run folders by name: two seeds of stereo, classification, maps, and three that are in progress."""

    def write(folder):
        from made_runs import make, with_maps

        first = make(folder / "seed0")
        with_maps(folder / "labels", first, "labels")
        with_maps(folder / "flow", first, "flow")
        make(folder / "seed1", seed=1)
        make(folder / "images", "cifar10")
        for until in ("begun", "searching", "retraining"):
            make(folder / until, until=until)

    folder = made_once(tmp_path_factory, "runs", write)
    return {name: folder / name for name in NAMES}


@pytest.fixture(scope="session")
def page(runs, tmp_path_factory):
    """The page of some of the runs, as a file."""

    @cache
    def of(*names):
        def write(path):
            from spikegraph.backends.report.page import report
            from spikegraph.backends.report.record import Record

            path.write_text(report([Record.read(runs[name]) for name in names], now=2_000_000_000), encoding="utf-8")

        return made_once(tmp_path_factory, f"{'-'.join(names)}.html", write)

    return of


@pytest.fixture(scope="session")
def tree(page):
    """The tree of such a page."""
    import reader

    return cache(lambda *names: reader.read(page(*names).read_text(encoding="utf-8")))


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
