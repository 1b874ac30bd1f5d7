"""The site, built once from the checkout, with one picture of the gallery and a page in place of the playground."""

import functools
import http.server
import subprocess
import sys
import threading
from importlib.util import find_spec

import pytest

from ..axe import source
from ..made_once import made_once
from ..packaging.archives import ROOT
from ..packaging.environments import run

sys.path.insert(0, str(ROOT / "tools" / "site"))


def state():
    """What git sees of the checkout, ignored files too, without those of Python's imports; None where there is no git."""
    command = ("git", "status", "--porcelain", "--ignored", "tools/site", "docs")
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return None if found.returncode else [line for line in found.stdout.splitlines() if "__pycache__" not in line]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site. That the build leaves the checkout as it was is checked here, where it happens."""
    if find_spec("sphinx") is None:
        pytest.skip("no Sphinx; install the extra `docs`")

    def make(folder):
        playground = folder.with_name("playground")
        playground.mkdir(exist_ok=True)
        page = '<!doctype html><html lang="en"><title>Playground</title><!--documentation-->'
        (playground / "index.html").write_text(page, encoding="utf-8")
        before = state()
        options = ("--playground", str(playground), "--systems", "vgg9")
        run(sys.executable, str(ROOT / "tools" / "site" / "build"), "-o", str(folder), *options, cwd=ROOT)
        assert state() == before

    return made_once(tmp_path_factory, "site", make)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of static files."""

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="session")
def served(site):
    """The address of the site."""
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def axe():
    """The source of axe; skipped without a network."""
    return source()
