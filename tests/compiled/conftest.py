"""A source that compiles quickly, a cache of one's own, and compilers that misbehave."""

import sys
from pathlib import Path

import pytest

from spikegraph.compiled import library
from spikegraph.compiled.library import Recipe

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache and the temporary folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(library, "temporary", lambda: tmp_path / "tmp" / "spikegraph-1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def recipe(folders: Path) -> Recipe:
    """A library with the function `seven`."""
    source = folders / "seven.cpp"
    source.write_text('extern "C" int seven() { return 7; }')
    return Recipe({source: ()}, flags=("-fPIC",))


@pytest.fixture
def compiler(folders: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a shell script the compiler; it answers to `--version`, and `$out` is the file that it shall write."""

    def make(script: str) -> Path:
        path = folders / "c++"
        head = '#!/bin/sh\n[ "$1" = --version ] && exit 0\nfor out; do :; done\n'
        path.write_text(f"{head}{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))
        return path

    return make
