"""Golden files: what a test gives is compared with a file whose path comes from the test's name."""

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request):
    """Compares a text with `golden/<file of the test>/<test><suffix>`."""

    def compare(text, suffix):
        path = GOLDEN / request.node.path.stem.removeprefix("test_") / f"{request.node.name.removeprefix('test_')}{suffix}"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"there is no {path}: look at what is to be, and run with --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{path} is another; look at it, and run with --update-golden"

    return compare
