"""One server for all tests of these files, and the campaigns' modules, which name each other plainly."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("mcp")

from .session import Session

TOOLS = str(Path(__file__).parents[2] / "tools" / "campaigns")
if TOOLS not in sys.path:
    sys.path.append(TOOLS)

PLUGIN = """
from pathlib import Path

Path(__file__).with_name("loaded").touch()
"""
SECRET = "sdhs 1\nneuron secret { decay = 0.123 }\n"


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """A project with files outside of it, links that lead there, and Python code that nobody has asked for."""
    top = tmp_path_factory.mktemp("agents")
    root = top / "project"
    (root / "parts").mkdir(parents=True)
    (top / ".git").mkdir()  # marks the folder above, which a server may not read, as a project
    (top / "secret.sdhs").write_text(SECRET)
    (root / "link.sdhs").symlink_to(top / "secret.sdhs")
    (root / "out").symlink_to(top)
    (root / "neurons.sdhs").write_text("sdhs 1\nneuron lif { }\n")
    (root / "parts" / "cells.sdhs").write_text('sdhs 1\nimport "../neurons.sdhs"\n')
    for name in ("plugin", "click", "mcp", "anyio", "numpy", "graphviz", "sitecustomize"):
        (root / f"{name}.py").write_text(PLUGIN)
    metadata = root / "evil-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    groups = ("ops", "neurons", "datasets", "losses")
    (metadata / "entry_points.txt").write_text("".join(f"[spikegraph.{group}]\nx = plugin\n" for group in groups))
    return root


@pytest.fixture(scope="package")
def session(folder):
    """A server that reads the project, started in it."""
    found = Session(folder, "--root", ".")
    yield found
    found.stop()
