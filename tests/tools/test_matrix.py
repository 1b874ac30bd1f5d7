"""The matrix of versions: bounds of `pyproject.toml`, the log that goes on, and the table."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = str(ROOT / "tools" / "matrix")


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    yield
    for name in ("versions", "results", "interpreters", "environment"):
        sys.modules.pop(name, None)


def test_the_oldest_versions_are_the_lower_bounds():
    from versions import constraint, oldest, pythons

    assert constraint("torch>=2.6") == "torch==2.6.*"
    assert constraint("jaxtyping>=0.2.36") == "jaxtyping==0.2.36"
    assert constraint("pyright[nodejs]>=1.1.380") == "pyright==1.1.380"
    with pytest.raises(ValueError, match=r"`a>=1,<2` isn't NAME>=VERSION"):
        constraint("a>=1,<2")
    found = oldest(ROOT / "pyproject.toml")
    assert len(found) > 20
    assert any(text.startswith("torch==2.") for text in found)
    assert pythons(ROOT / "pyproject.toml") == ["3.11", "3.12", "3.13"]


def test_this_interpreter_is_found(monkeypatch):
    from interpreters import find

    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert find(version) is not None
    monkeypatch.setenv("PYENV_ROOT", "nowhere")
    assert find("3.1") is None


def test_the_latest_result_of_a_folder_counts(tmp_path):
    from results import Result, read, table

    log = tmp_path / "results.jsonl"
    assert read(log, "abc") == []
    Result("3.12", "all", problem="no Python 3.12 on this machine", revision="abc").append(log)
    Result("oldest", "all", problem="pip can't install it: b", revision="abc").append(log)
    Result("oldest", "tests/dsl", 1, 1, 0, ["a"], {"python": "3.11.7"}, revision="abc").append(log)
    Result("oldest", "tests/dsl", 2, 0, 1, [], {"python": "3.11.7"}, revision="abc").append(log)
    Result("oldest", "tests/dsl", 9, 0, 0, [], {"python": "3.11.7"}, revision="another").append(log)
    with log.open("a") as file:
        file.write('{"case": "oldest", "te')
    found = read(log, "abc")
    assert [(r.case, r.tests, r.passed) for r in found] == [("3.12", "all", 0), ("oldest", "tests/dsl", 2)]
    assert table({"results": [vars(r) for r in found]}).splitlines()[2:] == [
        "| 3.12 | not run: no Python 3.12 on this machine | | | | |",
        "| oldest | python 3.11.7 | `tests/dsl` | 2 | 0 | 1 |",
    ]


def test_an_unknown_case_is_named():
    done = subprocess.run([sys.executable, TOOLS, "2.7"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no case is called 2.7; there are 3.11, 3.12, 3.13, oldest, avx2" in done.stderr


def test_variables_are_those_of_the_tests(tmp_path, monkeypatch):
    """A stand-in for the Python of the environment, which writes what it is given."""
    from environment import Environment

    made = Environment(tmp_path / "made", tmp_path, [], variables={"SPIKEGRAPH_MARCH": "x86-64-v3"})
    made.python.parent.mkdir(parents=True)
    made.python.write_text("#!/bin/sh\necho $SPIKEGRAPH_MARCH $OMP_NUM_THREADS $VIRTUAL_ENV > told\nexit 5\n")
    made.python.chmod(0o755)
    monkeypatch.setenv("VIRTUAL_ENV", "another")
    assert made.test("tests/ir") == {"problem": "pytest ended with status 5: "}
    assert (tmp_path / "told").read_text() == "x86-64-v3 1\n"
