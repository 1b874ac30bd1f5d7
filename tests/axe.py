"""axe, which finds in a page what people who use keyboards or screen readers can't use."""

import hashlib
import sys
import tarfile
from pathlib import Path

import pytest

from .packaging.archives import ROOT

ARCHIVE = "axe-core-4.14.1.tgz"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"


def source() -> str:
    """The script, fetched once; the test is skipped without a network."""
    sys.path.insert(0, str(ROOT / "tools" / "playground"))
    import building
    import packages

    folder = Path(building.CACHE)
    if not (folder / ARCHIVE).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            packages.run(packages.program("npm"), "pack", "--silent", "axe-core@4.14.1", cwd=folder)
        except packages.BuildError as error:
            pytest.skip(f"axe can't be had: {error}")
    assert hashlib.sha256((folder / ARCHIVE).read_bytes()).hexdigest() == SHA256
    with tarfile.open(folder / ARCHIVE) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()
