"""The page's builder, its wheel, and the page itself, each built once."""

import functools
import http.server
import os
import shutil
import sys
import threading

import pytest

from ..axe import source
from ..made_once import made_once
from ..packaging.archives import ROOT
from ..packaging.environments import run
from ..report.chromium import VARIABLE, program

sys.path.insert(0, str(ROOT / "tools" / "playground"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The page's wheel, made from the checkout's."""

    def make(folder):
        import reduced_wheel

        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "whole"), cwd=ROOT)
        (whole,) = (folder / "whole").glob("*.whl")
        reduced_wheel.reduce(whole, folder / whole.name)

    (path,) = made_once(tmp_path_factory, "page-wheel", make).glob("*.whl")
    return path


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """The folder of the page; skipped where no archives of packages are kept and there is no network, or no Node."""
    import building
    import packages

    archives = building.CACHE
    try:
        packages.program("node")
        packages.fetch(archives)
    except packages.BuildError as error:
        pytest.skip(f"the page's packages can't be had: {error}")
    return made_once(tmp_path_factory, "page", lambda folder: building.build(folder, archives))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of static files that compresses nothing and counts what it sends."""

    def log_message(self, format, *args):
        pass

    def copyfile(self, source, outputfile):
        self.server.sent.append(os.fstat(source.fileno()).st_size)
        shutil.copyfileobj(source, outputfile)


@pytest.fixture(scope="session")
def served(page):
    """The address of the page, with a list of the sizes of what was sent."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=page)) as server:
        server.sent = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", server.sent
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """The browser; without one, its tests are skipped."""
    from playwright.sync_api import sync_playwright

    path = program()
    if path is None:
        pytest.skip(f"no Chromium found: install one (Debian: `apt-get install chromium`) or name its program in {VARIABLE}")
    folder = str(tmp_path_factory.mktemp("browser"))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, env={**os.environ, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe; skipped without a network."""
    return source()
