"""The sessions of `noxfile.py` install nothing; changed files are those of git; what is quick is a part of the tests."""

import os
import re
import signal
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import nox
import pytest

from ..quick import FOLDERS, HERE, SLOWER, is_quick
from .archives import ROOT

SESSIONS = {"quick", "test", "types", "docs", "bench", "coverage"}


@pytest.fixture(scope="module")
def noxfile():
    spec = spec_from_file_location("noxfile", ROOT / "noxfile.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert nox.options.default_venv_backend == "none"
    assert nox.options.sessions == ["quick"]
    return module


def test_the_sessions(noxfile):
    found = {name for name in vars(noxfile) if hasattr(getattr(noxfile, name), "reuse_venv")}
    assert found == SESSIONS
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `nox -s (\w+)`", text, re.MULTILINE)) == SESSIONS
    words = re.findall(r'"(tests/[^"]+|tools/[^"]+)"', (ROOT / "noxfile.py").read_text(encoding="utf-8"))
    assert len(words) > 4
    assert [word for word in words if not (ROOT / word).exists()] == []


def test_changed_files_are_those_of_git(noxfile, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / ".gitignore").write_text("build/\n")
    for name in ("same.py", "other.py", "gone.py", "text.md"):
        (tmp_path / name).write_text("x = 1\n")
    git("add", "-A")
    git("commit", "-qm", "first")
    assert noxfile.changed("HEAD") == []
    for name in ("other.py", "new.py", "text.md", "build/made.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 2\n")
    (tmp_path / "gone.py").unlink()
    assert noxfile.changed("HEAD") == ["new.py", "other.py"]


def test_pyright_ends_with_the_tests(noxfile, monkeypatch, tmp_path):
    """A pyright that would take a minute, beside tests that fail."""
    (tmp_path / "pyright").write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    (tmp_path / "pyright").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(noxfile, "changed", lambda revision: ["a.py"])
    started, popen = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *words: started.append(popen(*words)) or started[0])

    def run(*words):
        if words[0] == "pytest":
            raise RuntimeError("a test failed")

    with pytest.raises(RuntimeError, match="a test failed"):
        noxfile.quick.func(SimpleNamespace(run=run, posargs=[]))
    assert started[0].returncode == -signal.SIGTERM


def test_what_is_quick():
    assert [name for name in (*FOLDERS, *SLOWER) if not (HERE / name).exists()] == []
    assert is_quick(HERE / "dsl/test_parser.py")
    assert not any(map(is_quick, (HERE / "dsl/test_fuzz.py", HERE / "train/test_run.py", HERE / "test_api.py", HERE / "train")))


def test_nothing_else_is_collected_and_torch_is_not_imported():
    arguments = ["-q", "--collect-only", "-p", "no:cacheprovider", "-m", "quick", "tests/charts", "tests/docs"]
    program = f"import sys, pytest; status = pytest.main({arguments}); print('torch' in sys.modules, int(status))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    *names, _, _, last = done.stdout.splitlines()
    assert last == "False 0", done.stdout + done.stderr
    assert len(names) > 10
    assert {name.rpartition("/")[0] for name in names if "::" in name} == {"tests/charts"}
