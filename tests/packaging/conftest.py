"""Archives that are built once for all tests."""

import sys

import pytest

from .archives import ROOT, Archive
from .environments import run


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder with a wheel and a source archive of this checkout."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), cwd=ROOT)
    return folder


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
