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


PLUGIN = """
from pathlib import Path

Path(__file__).with_name("loaded").touch()
"""


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    """A server that was started in a folder with Python code that nobody has asked for."""
    folder = tmp_path_factory.mktemp("editor")
    for name in ("plugin", "click", "multiprocessing", "pickle", "numpy", "graphviz", "sitecustomize"):
        (folder / f"{name}.py").write_text(PLUGIN)
    metadata = folder / "evil-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    groups = ("ops", "neurons", "datasets", "losses")
    (metadata / "entry_points.txt").write_text("".join(f"[spikegraph.{group}]\nx = plugin\n" for group in groups))
    found = Session([str(Path(sys.executable).with_name("spikegraph")), "lsp"], folder)
    yield found
    assert found.stop() == 0
