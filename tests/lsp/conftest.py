"""One language server for all tests of these files, and the campaigns' modules, which name each other plainly."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls")
pytest.importorskip("pytest_lsp")

from .session import Session

TOOLS = str(Path(__file__).parents[2] / "tools" / "campaigns")
if TOOLS not in sys.path:
    sys.path.append(TOOLS)


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    """A server that was started in an empty folder."""
    found = Session([sys.executable, "-m", "spikegraph", "lsp"], tmp_path_factory.mktemp("editor"))
    yield found
    assert found.stop() == 0
