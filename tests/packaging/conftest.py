"""Archives that are built once for all tests."""

import sys

import pytest

from ..made_once import made_once
from .archives import ROOT, Archive
from .environments import run

BUILD = ("-m", "hatchling", "build", "-d")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder with a wheel and a source archive of this checkout."""
    return made_once(tmp_path_factory, "built", lambda folder: run(sys.executable, *BUILD, str(folder), cwd=ROOT))


@pytest.fixture(scope="session")
def wheel(built):
    (path,) = built.glob("*.whl")
    return Archive.wheel(path)


@pytest.fixture(scope="session")
def sdist(built):
    (path,) = built.glob("*.tar.gz")
    return Archive.sdist(path)


@pytest.fixture(params=["wheel", "sdist"])
def archive(request):
    """Each of the two."""
    return request.getfixturevalue(request.param)
